//! The sample clinic: one site, 5 chairs, one of them for surgery, 4 doctors and a hygienist, 12 services, hours, an afternoon
//! kept for implants, one account per role.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::holidays;
use crate::clinic::{
    self, Blockout, BookingRules, Chair, ChairId, Complaint, Provider, ProviderId, ProviderKind, Service, ServiceId,
    Site, SiteId,
};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{self, Actor, NewUser, Role, UserId};

/// The password of every sample account. Only `demo` makes them.
pub const PASSWORD: &str = "chairside-demo";

/// Where the sample clinic is.
pub const ZONE: chrono_tz::Tz = chrono_tz::Tz::Asia__Shanghai;

/// Login, name and role of the sample accounts.
pub const ACCOUNTS: [(&str, &str, Role); 6] = [
    ("admin", "吴管理", Role::Administrator),
    ("desk", "钱晓", Role::FrontDesk),
    ("nurse", "林洁", Role::Nurse),
    ("doctor", "李明", Role::Doctor),
    ("manager", "孙护士长", Role::Manager),
    ("desk2", "赵敏", Role::FrontDesk),
];

/// Name, English name, kind, speciality, English speciality, chair name.
const PROVIDERS: [(&str, &str, ProviderKind, &str, &str); 5] = [
    ("李医生", "Dr Li", ProviderKind::Doctor, "全科", "General"),
    ("王医生", "Dr Wang", ProviderKind::Doctor, "正畸", "Orthodontics"),
    ("陈医生", "Dr Chen", ProviderKind::Doctor, "儿牙", "Paediatric"),
    ("周医生", "Dr Zhou", ProviderKind::Doctor, "种植", "Implants"),
    (
        "赵洁牙师",
        "Zhao, hygienist",
        ProviderKind::Hygienist,
        "洁牙",
        "Hygiene",
    ),
];

struct Kind {
    code: &'static str,
    name: (&'static str, &'static str),
    minutes: i32,
    buffer_after: i32,
    colour: &'static str,
    price: i64,
    recall_months: Option<i32>,
    follow_up: Option<(i32, &'static str)>,
    /// Providers by position.
    by: &'static [usize],
}

const fn kind(code: &'static str, name: (&'static str, &'static str), minutes: i32, by: &'static [usize]) -> Kind {
    Kind {
        code,
        name,
        minutes,
        buffer_after: 0,
        colour: "#3b78df",
        price: 10_000,
        recall_months: None,
        follow_up: None,
        by,
    }
}

#[rustfmt::skip]
const SERVICES: [Kind; 12] = [
    Kind { price: 10_000, ..kind("check-up", ("检查", "Check-up"), 30, &[0, 1, 2, 3]) },
    Kind { price: 28_000, colour: "#0b8f8c", recall_months: Some(6), ..kind("cleaning", ("洁牙", "Cleaning"), 45, &[4]) },
    Kind { price: 38_000, colour: "#7a55d6", recall_months: Some(12), ..kind("filling", ("补牙", "Filling"), 45, &[0, 2]) },
    Kind { price: 120_000, colour: "#b57f00", follow_up: Some((2, "root-canal")), ..kind("root-canal", ("根管治疗", "Root canal"), 60, &[0]) },
    Kind { price: 90_000, colour: "#d0392e", buffer_after: 10, follow_up: Some((1, "extraction")), ..kind("extraction", ("拔牙", "Extraction"), 45, &[0, 3]) },
    Kind { price: 320_000, colour: "#8a5a00", follow_up: Some((7, "general")), ..kind("crown", ("牙冠", "Crown"), 60, &[0, 3]) },
    Kind { price: 0, colour: "#1f9d55", ..kind("ortho-adjust", ("正畸复诊", "Ortho adjust"), 30, &[1]) },
    Kind { price: 30_000, colour: "#1c6b3c", ..kind("ortho-first", ("正畸初诊", "Ortho consultation"), 60, &[1]) },
    Kind { price: 980_000, colour: "#5b3fa8", buffer_after: 15, follow_up: Some((1, "extraction")), ..kind("implant", ("种植一期", "Implant, stage 1"), 75, &[3]) },
    Kind { price: 20_000, colour: "#4d5f69", ..kind("implant-review", ("种植复查", "Implant review"), 30, &[3]) },
    Kind { price: 18_000, colour: "#164f9c", recall_months: Some(6), ..kind("fluoride", ("涂氟", "Fluoride"), 30, &[2, 4]) },
    Kind { price: 0, colour: "#566873", ..kind("sutures-out", ("拆线", "Sutures out"), 15, &[0, 3]) },
];

/// Monday to Saturday (and Sunday, when the demo is made on one); the second has a late lunch.
const SESSIONS: [[(i32, i32); 2]; 2] = [[(525, 720), (810, 1080)], [(525, 750), (840, 1110)]];

/// What patients book by themselves.
const ONLINE: [&str; 4] = ["check-up", "cleaning", "ortho-first", "fluoride"];

/// What patients say brings them: Chinese, English, the service, whether it is urgent.
#[rustfmt::skip]
const COMPLAINTS: [(&str, &str, &str, bool); 6] = [
    ("牙痛、肿胀", "Toothache, swelling", "check-up", true),
    ("牙龈出血、口气", "Bleeding gums, bad breath", "cleaning", false),
    ("牙齿松动、缺牙", "A loose or missing tooth", "check-up", false),
    ("牙齿不齐，想矫正", "Crooked teeth", "ortho-first", false),
    ("孩子防蛀", "Keeping a child's teeth healthy", "fluoride", false),
    ("没有不舒服，想检查", "Nothing, just a check-up", "check-up", false),
];

/// Who places implants (by position), and the kind of their chair.
const SURGEON: i32 = 4;
const SURGERY: &str = "手术";
/// Thursday afternoon is kept for implants, until three days before.
const KEPT: (i32, (i32, i32), i32) = (4, (840, 990), 3);

/// When the demo is made in these minutes of a day, the clinic is open in the evening of that weekday: somebody is in the
/// chair whenever one looks.
const EVENING_LOOK: std::ops::Range<u32> = 17 * 60..21 * 60;
/// The evening's hours, and who has them (by position).
const EVENING: ((i32, i32), [i32; 4]) = ((1110, 1275), [1, 2, 3, 5]);

/// What was made, for the rest of the sample data.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The site.
    pub site: Site,
    /// Providers in board order.
    pub providers: Vec<Provider>,
    /// Services in list order.
    pub services: Vec<Service>,
    /// Account ids in the order of [`ACCOUNTS`].
    pub users: Vec<UserId>,
}

/// Makes the sample clinic in an empty database (whose first site exists).
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant) -> Result<Sample> {
    let actor = Actor::system("demo");
    let users = ACCOUNTS
        .iter()
        .map(|(login, name, role)| {
            let user = NewUser {
                login: (*login).into(),
                name: (*name).into(),
                role: *role,
                password: Some(PASSWORD.into()),
            };
            staff::create_user(c, now, &actor, &user)
        })
        .collect::<Result<Vec<_>>>()?;
    let site = Site {
        id: SiteId(0),
        name: "知齿口腔".into(),
        name_en: "Zhichi Dental".into(),
        phone: "0571 8765 4321".into(),
        address: "杭州市西湖区文三路 90 号 2 楼".into(),
        address_en: "2/F, 90 Wensan Road, Xihu District, Hangzhou".into(),
        zone: ZONE.name().into(),
        language: Lang::Zh,
        currency: "CNY".into(),
        country: "CN".into(),
        updated_at: now,
    };
    let site_id = clinic::the_site(c)?.id;
    clinic::update_site(c, site_id, &site)?;
    let local = now.local(site.tz());
    let providers = build_providers(c, site_id, users.get(3).copied(), local)?;
    let services = build_services(c, &providers)?;
    keep_for_implants(c, site_id, &providers, &services)?;
    open_online(c, site_id, &services)?;
    holidays::build(c, site_id, local.date())?;
    Ok(Sample {
        site: Site { id: site_id, ..site },
        providers,
        services,
        users,
    })
}

fn build_providers(c: &mut Conn, site_id: SiteId, doctor: Option<UserId>, now: NaiveDateTime) -> Result<Vec<Provider>> {
    let mut made = Vec::new();
    for ((name, name_en, kind, speciality, speciality_en), position) in PROVIDERS.into_iter().zip(1..) {
        let chair = Chair {
            id: ChairId(0),
            site_id,
            name: format!("{position}号椅"),
            name_en: format!("Chair {position}"),
            position,
            active: true,
            kind: if position == SURGEON {
                SURGERY.into()
            } else {
                String::new()
            },
        };
        let chair_id = clinic::insert_chair(c, &chair)?;
        let mut provider = Provider {
            id: ProviderId(0),
            site_id,
            user_id: doctor.filter(|_| position == 1),
            name: name.into(),
            name_en: name_en.into(),
            kind,
            speciality: speciality.into(),
            speciality_en: speciality_en.into(),
            chair_id,
            position,
            active: true,
            day_max: None,
        };
        provider.id = clinic::insert_provider(c, &provider)?;
        build_hours(c, &provider, now)?;
        made.push(provider);
    }
    Ok(made)
}

fn build_hours(c: &mut Conn, provider: &Provider, now: NaiveDateTime) -> Result<()> {
    let today = i32::try_from(now.weekday().number_from_monday()).unwrap_or(1);
    let [early, late] = SESSIONS;
    for weekday in (1..=7).filter(|w| *w < 7 || today == 7) {
        for (start, end) in if provider.position == 4 { late } else { early } {
            clinic::insert_hours(c, provider.id, weekday, start, end)?;
        }
    }
    let ((start, end), who) = EVENING;
    if EVENING_LOOK.contains(&(now.hour() * 60 + now.minute())) && who.contains(&provider.position) {
        clinic::insert_hours(c, provider.id, today, start, end)?;
    }
    Ok(())
}

/// Implants need the surgery, and have an afternoon of their own.
/// Some services are booked by patients themselves, by what troubles them.
fn open_online(c: &mut Conn, site_id: SiteId, services: &[Service]) -> Result<()> {
    let coded = |code: &str| services.iter().find(|s| s.code == code).map(|s| s.id);
    for service in ONLINE.into_iter().filter_map(coded) {
        let rules = BookingRules {
            online: true,
            ..BookingRules::default()
        };
        clinic::save_rules(c, service, &rules)?;
    }
    for (position, (name, name_en, service, urgent)) in (1..).zip(COMPLAINTS) {
        if let Some(service_id) = coded(service) {
            let complaint = Complaint {
                id: 0,
                site_id,
                name: name.into(),
                name_en: name_en.into(),
                service_id,
                urgent,
                position,
            };
            clinic::insert_complaint(c, &complaint)?;
        }
    }
    Ok(())
}

fn keep_for_implants(c: &mut Conn, site_id: SiteId, providers: &[Provider], services: &[Service]) -> Result<()> {
    let coded = |code: &str| services.iter().find(|s| s.code == code).map(|s| s.id);
    if let Some(implant) = coded("implant") {
        let rules = BookingRules {
            chair_kind: SURGERY.into(),
            per_day_max: Some(3),
            ..BookingRules::default()
        };
        clinic::save_rules(c, implant, &rules)?;
    }
    let (weekday, (start_minute, end_minute), release) = KEPT;
    let kept = Blockout {
        id: 0,
        site_id,
        provider_id: providers.iter().find(|p| p.position == SURGEON).map(|p| p.id),
        weekday: Some(weekday),
        day: None,
        start_minute,
        end_minute,
        valid_from: None,
        valid_until: None,
        release_days: Some(release),
        name: "种植手术".into(),
        name_en: "Implant surgery".into(),
        travel_minutes: 0,
        chair_id: None,
    };
    let whom: Vec<ServiceId> = ["implant", "implant-review"].into_iter().filter_map(coded).collect();
    clinic::insert_blockout(c, &kept, &whom).map(|_| ())
}

fn build_services(c: &mut Conn, providers: &[Provider]) -> Result<Vec<Service>> {
    let mut made = Vec::new();
    for (kind, position) in SERVICES.iter().zip(1..) {
        let mut service = Service {
            id: ServiceId(0),
            code: kind.code.into(),
            name: kind.name.0.into(),
            name_en: kind.name.1.into(),
            minutes: kind.minutes,
            buffer_before: 0,
            buffer_after: kind.buffer_after,
            colour: kind.colour.into(),
            price_minor: kind.price,
            recall_months: kind.recall_months,
            follow_up_days: kind.follow_up.map(|f| f.0),
            follow_up_minute: 600,
            follow_up_script: kind.follow_up.map(|f| f.1.to_owned()),
            position,
            active: true,
        };
        service.id = clinic::insert_service(c, &service)?;
        for provider in kind.by.iter().filter_map(|i| providers.get(*i)) {
            clinic::link_service_provider(c, service.id, provider.id)?;
        }
        made.push(service);
    }
    Ok(made)
}
