//! What is still missing before the clinic can be booked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Chair, Provider, ProviderId, Rota, Service, ServiceId, Site};
use crate::platform::i18n::Text;

/// What a provider lacks to be booked: services, hours now or later.
pub fn not_bookable(services: usize, rota: &Rota) -> Option<Text> {
    let (zh, en) = match (services == 0, rota.is_blank()) {
        (false, false) => return None,
        (true, true) => ("没有服务项目，也没有工作时间", "no services and no hours"),
        (true, false) => ("没有服务项目", "no services"),
        (false, true) => ("没有工作时间", "no hours"),
    };
    Some(Text::new(
        format!("还不能预约：{zh}"),
        format!("Cannot be booked yet: {en}"),
    ))
}

/// A step of setting a clinic up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Address and telephone.
    Site,
    /// Where is treated.
    Chairs,
    /// What can be booked.
    Services,
    /// Who treats, what they do and when they work.
    Providers,
    /// Who else signs in.
    Accounts,
    /// Whether messages leave the house.
    Messages,
}

impl Step {
    /// Name, and what is to be done.
    pub fn text(self) -> (Text, Text) {
        let (name, about) = match self {
            Step::Site => (("诊所", "Clinic"), ("名称、地址和电话", "Names, address and telephone")),
            Step::Chairs => (("椅位", "Chairs"), ("至少一个", "At least one")),
            Step::Services => (("服务项目", "Services"), ("可以预约什么", "What can be booked")),
            Step::Providers => (
                ("医护人员", "Providers"),
                (
                    "谁看诊、做什么项目、何时上班",
                    "Who treats, what they do and when they work",
                ),
            ),
            Step::Accounts => (
                ("员工账户", "Accounts"),
                ("让同事登录", "So that colleagues can sign in"),
            ),
            Step::Messages => (
                ("短信与邮件", "Messages"),
                ("网关状态", "Whether a gateway is connected"),
            ),
        };
        (Text::new(name.0, name.1), Text::new(about.0, about.1))
    }
    /// Where it is done.
    pub fn href(self) -> &'static str {
        match self {
            Step::Site => "/settings/site",
            Step::Chairs => "/settings/chairs",
            Step::Services => "/settings/services",
            Step::Providers => "/settings/providers",
            Step::Accounts => "/settings/staff",
            Step::Messages => "/messages",
        }
    }
}

/// A step and whether it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which.
    pub step: Step,
    /// Whether nothing is missing.
    pub done: bool,
}

/// What the list is made from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The site.
    pub site: Site,
    /// Chairs in use.
    pub chairs: Vec<Chair>,
    /// Services that can be booked.
    pub services: Vec<Service>,
    /// Providers who take bookings.
    pub providers: Vec<Provider>,
    /// Who does what.
    pub does: Vec<(ServiceId, ProviderId)>,
    /// When they work.
    pub rotas: BTreeMap<ProviderId, Arc<Rota>>,
    /// Accounts that may sign in.
    pub accounts: usize,
    /// Whether both gateways are connected to something real.
    pub gateways: bool,
}

impl Setup {
    /// How many of the bookable services a provider does.
    pub fn services_of(&self, id: ProviderId) -> usize {
        let active = |s: ServiceId| self.services.iter().any(|x| x.id == s);
        self.does.iter().filter(|(s, p)| *p == id && active(*s)).count()
    }
    /// Whether anybody can be booked for anything.
    pub fn can_be_booked(&self) -> bool {
        self.providers
            .iter()
            .any(|p| not_bookable(self.services_of(p.id), &self.rota(p.id)).is_none())
    }
    /// When a provider works.
    pub fn rota(&self, id: ProviderId) -> Arc<Rota> {
        self.rotas.get(&id).cloned().unwrap_or_default()
    }
    /// The steps in the order in which they build on each other.
    pub fn tasks(&self) -> Vec<Task> {
        [
            (Step::Site, !self.site.phone.is_empty() && !self.site.address.is_empty()),
            (Step::Chairs, !self.chairs.is_empty()),
            (Step::Services, !self.services.is_empty()),
            (Step::Providers, self.can_be_booked()),
            (Step::Accounts, self.accounts > 1),
            (Step::Messages, self.gateways),
        ]
        .into_iter()
        .map(|(step, done)| Task { step, done })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Session, Week, parse_day};
    use super::*;

    #[test]
    fn a_provider_needs_services_and_hours() {
        let mut week = Week::default();
        let said = |services, week: &Week| not_bookable(services, &Rota::weekly(week.clone())).map(|t| t.en);
        assert_eq!(
            said(0, &week).as_deref(),
            Some("Cannot be booked yet: no services and no hours")
        );
        assert_eq!(said(2, &week).as_deref(), Some("Cannot be booked yet: no hours"));
        let day: Vec<Session> = parse_day("9:00-12:00").expect("a day");
        week.0[3] = day;
        assert_eq!(said(0, &week).as_deref(), Some("Cannot be booked yet: no services"));
        assert_eq!(said(1, &week), None);
        let later = Rota::weekly(Week::default()).with_pattern(chrono::NaiveDate::MAX, week);
        assert_eq!(not_bookable(1, &later), None, "hours that begin later are hours");
    }
}
