//! The whole set-up of the clinic, read once for as long as nobody changes it: every booking and every board needs it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::model::{
    Blockout, BlockoutServices, BookingRules, Chair, ChairId, Complaint, Holiday, Hours, Leave, MakeupDay, OnlineRules,
    Provider, ProviderId, Rota, Service, ServiceId, Site, SiteDays, Whose,
};
use super::online::{list_complaints, online_rules};
use super::rota::{list_blockouts, list_dated_hours, list_makeup_days, list_pattern_days, list_rules};
use super::{list_chairs, list_hours, list_providers, list_service_providers, list_services, the_site};
use crate::platform::db::Conn;
use crate::platform::db::schema::{clinic_revision, holidays, leaves, provider_chairs};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;

/// The clinic's set-up at one revision; inactive chairs, providers and services are in it.
#[derive(Debug)]
pub struct Snapshot {
    /// The site.
    pub site: Site,
    /// Chairs in board order.
    pub chairs: Vec<Chair>,
    /// Providers in board order.
    pub providers: Vec<Provider>,
    /// Services in list order.
    pub services: Vec<Service>,
    /// Which provider does which service.
    pub does: Vec<(ServiceId, ProviderId)>,
    /// Holidays, by day.
    pub holidays: Vec<Holiday>,
    /// Days worked as another weekday, by day.
    pub makeup_days: Vec<MakeupDay>,
    /// Leaves, and times in which chairs are out of service, by start.
    pub leaves: Vec<Leave>,
    /// Time kept for some services.
    pub blockouts: Vec<Blockout>,
    /// Which services may use it.
    pub blockout_services: BlockoutServices,
    /// What patients may do online.
    pub online: OnlineRules,
    /// What patients say brings them, in list order.
    pub complaints: Vec<Complaint>,
    rotas: BTreeMap<Whose, Arc<Rota>>,
    rules: BTreeMap<ServiceId, BookingRules>,
    usual: BookingRules,
    further_chairs: Vec<(ProviderId, ChairId)>,
}

/// So many revisions are kept: the present one, and those that open transactions still see.
const KEPT: usize = 4;
static KNOWN: Mutex<VecDeque<(i64, Arc<Snapshot>)>> = Mutex::new(VecDeque::new());

/// The set-up as this connection sees it. A revision is a random number that the database draws at every change (triggers),
/// so that one revision is one content, whatever database or transaction it is of.
pub fn snapshot(c: &mut Conn) -> Result<Arc<Snapshot>> {
    let revision: i64 = clinic_revision::table.select(clinic_revision::revision).first(c)?;
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = known().iter().find(|(r, _)| *r == revision) {
        return Ok(found.clone());
    }
    let fresh = Arc::new(load(c)?);
    let mut known = known();
    known.push_front((revision, fresh.clone()));
    known.truncate(KEPT);
    Ok(fresh)
}

fn load(c: &mut Conn) -> Result<Snapshot> {
    let providers = list_providers(c, true)?;
    let hours: Vec<Hours> = list_hours(c)?;
    let begins: Vec<(Whose, NaiveDate)> = list_pattern_days(c)?;
    let dated = list_dated_hours(c)?;
    let holidays: Vec<Holiday> = holidays::table.order(holidays::day).load(c)?;
    let makeup_days = list_makeup_days(c)?;
    let days = Arc::new(SiteDays {
        closed: holidays.iter().map(|h| h.day).collect(),
        makeup: makeup_days.iter().map(|m| (m.day, m.weekday)).collect(),
    });
    let chairs = list_chairs(c, true)?;
    let all = providers.iter().map(|p| Whose::Provider(p.id));
    let all = all.chain(chairs.iter().map(|ch| Whose::Chair(ch.id)));
    let rota = |of: Whose| (of, Arc::new(Rota::of(of, &hours, &begins, &dated, days.clone())));
    let rotas = all.map(rota).collect();
    let (blockouts, blockout_services) = list_blockouts(c)?;
    let site = the_site(c)?;
    Ok(Snapshot {
        online: online_rules(c, site.id)?,
        complaints: list_complaints(c)?,
        site,
        chairs,
        services: list_services(c, true)?,
        does: list_service_providers(c)?,
        leaves: leaves::table.order((leaves::starts_at, leaves::id)).load(c)?,
        rules: list_rules(c)?,
        usual: BookingRules::default(),
        further_chairs: provider_chairs::table
            .order((provider_chairs::provider_id, provider_chairs::chair_id))
            .load(c)?,
        holidays,
        makeup_days,
        blockouts,
        blockout_services,
        rotas,
        providers,
    })
}

impl Snapshot {
    /// A service by id.
    pub fn find_service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|s| s.id == id)
    }
    /// A provider by id.
    pub fn find_provider(&self, id: ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|p| p.id == id)
    }
    /// A provider that must be there.
    pub fn get_provider(&self, id: ProviderId) -> Result<&Provider> {
        self.find_provider(id).ok_or(Error::NotFound("provider"))
    }
    /// A service that must be there.
    pub fn get_service(&self, id: ServiceId) -> Result<&Service> {
        self.find_service(id).ok_or(Error::NotFound("service"))
    }
    /// A chair by id.
    pub fn find_chair(&self, id: ChairId) -> Option<&Chair> {
        self.chairs.iter().find(|c| c.id == id)
    }
    /// How a service is booked.
    pub fn rules(&self, service: ServiceId) -> &BookingRules {
        self.rules.get(&service).unwrap_or(&self.usual)
    }
    /// The services that patients book by themselves, in list order.
    pub fn bookable_online(&self) -> Vec<&Service> {
        let bookable = |s: &&Service| s.active && self.rules(s.id).online && !self.who_does(s.id).is_empty();
        self.services.iter().filter(bookable).collect()
    }
    /// When a provider works, or a chair is open.
    pub fn rota(&self, whose: impl Into<Whose>) -> Arc<Rota> {
        self.rotas.get(&whose.into()).cloned().unwrap_or_default()
    }
    /// The name of a provider or a chair that must be there.
    pub fn name_of(&self, whose: Whose) -> Result<Text> {
        match whose {
            Whose::Provider(id) => self.get_provider(id).map(|p| Text::new(&p.name, &p.name_en)),
            Whose::Chair(id) => self.get_chair(id).map(|ch| Text::new(&ch.name, &ch.name_en)),
        }
    }
    /// A chair that must be there.
    pub fn get_chair(&self, id: ChairId) -> Result<&Chair> {
        self.find_chair(id).ok_or(Error::NotFound("chair"))
    }
    /// The active providers of a service, in board order.
    pub fn who_does(&self, service: ServiceId) -> Vec<&Provider> {
        let does = |p: &&Provider| p.active && self.does.contains(&(service, p.id));
        self.providers.iter().filter(does).collect()
    }
    /// The chairs in which a provider gives a service, the own one first: of the kind that the service needs, else the
    /// provider's own and further ones.
    pub fn chairs_for(&self, provider: &Provider, service: ServiceId) -> Vec<ChairId> {
        let further = self
            .further_chairs
            .iter()
            .filter(|(p, _)| *p == provider.id)
            .map(|(_, chair)| *chair);
        let own: Vec<ChairId> = std::iter::once(provider.chair_id).chain(further).collect();
        let kind = &self.rules(service).chair_kind;
        if kind.is_empty() {
            return own;
        }
        let mut fit: Vec<&Chair> = self.chairs.iter().filter(|ch| ch.active && ch.kind == *kind).collect();
        fit.sort_by_key(|ch| (own.iter().position(|id| *id == ch.id).unwrap_or(own.len()), ch.position));
        fit.into_iter().map(|ch| ch.id).collect()
    }
    /// The chairs of a provider beside their own.
    pub fn further_chairs(&self, provider: ProviderId) -> impl Iterator<Item = ChairId> {
        self.further_chairs
            .iter()
            .filter(move |(p, _)| *p == provider)
            .map(|(_, chair)| *chair)
    }
    /// What a provider does, in use or not.
    pub fn services_of(&self, provider: ProviderId) -> impl Iterator<Item = ServiceId> {
        let does = self.does.iter().filter(move |(_, p)| *p == provider);
        does.map(|(service, _)| *service)
    }
    /// The holiday on a day.
    pub fn holiday_on(&self, day: NaiveDate) -> Option<&Holiday> {
        self.holidays.iter().find(|h| h.day == day)
    }
    /// What the site does on which days.
    pub fn site_days(&self) -> SiteDays {
        SiteDays {
            closed: self.holidays.iter().map(|h| h.day).collect(),
            makeup: self.makeup_days.iter().map(|m| (m.day, m.weekday)).collect(),
        }
    }
    /// The kinds that chairs in use have beyond the usual, each once.
    pub fn chair_kinds(&self) -> Vec<&str> {
        let used = self.chairs.iter().filter(|c| c.active && !c.kind.is_empty());
        let mut kinds: Vec<&str> = used.map(|c| c.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
    /// A blockout, and the services that may use it.
    pub fn get_blockout(&self, id: i64) -> Result<(&Blockout, Vec<ServiceId>)> {
        let found = self.blockouts.iter().find(|b| b.id == id);
        let services = self.blockout_services.iter().filter(|(of, _)| *of == id);
        Ok((
            found.ok_or(Error::NotFound("blockout"))?,
            services.map(|(_, service)| *service).collect(),
        ))
    }
    /// Whether a service may use a blockout's time.
    pub fn may_use(&self, blockout: i64, service: ServiceId) -> bool {
        self.blockout_services.contains(&(blockout, service))
    }
}
