//! `/manners`: when messages may go out, and how many.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions;
use super::super::model::{Caps, Manners, Window};
use super::super::store;
use super::super::views::{self, MannersPage};
use super::see;
use crate::clinic;
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, answer};
use crate::staff::{self, Actor, MANAGERS};

/// The highest limit.
const CAP_MAX: i32 = 100;
/// Days between surveys, and hours between greetings, at most.
const SURVEY_DAYS_MAX: i32 = 366;
const GREETING_HOURS_MAX: i32 = 720;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/manners")
            .route(staff::get(MANAGERS, page))
            .route(staff::post(MANAGERS, save)),
    );
}

async fn load(ctx: &Ctx) -> Result<(MannersPage, Manners)> {
    ctx.db
        .read(|c| {
            let page = MannersPage {
                zone: clinic::the_site(c)?.tz(),
                last: staff::last_change(c, "manners", None)?,
            };
            Ok((page, store::the_manners(c)?))
        })
        .await
}

async fn page(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let (page, manners) = load(&ctx).await?;
    Ok(views::manners(&frame, &page, (&stored(&manners), &Faults::default())))
}

fn stored(m: &Manners) -> Input {
    let cap = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    let mut input = Input::from_pairs([
        ("version", m.version.to_string()),
        ("care_from", m.care.from.to_string()),
        ("care_until", m.care.until.to_string()),
        ("other_from", m.other.from.to_string()),
        ("other_until", m.other.until.to_string()),
        ("person_day", cap(m.person.a_day)),
        ("person_week", cap(m.person.a_week)),
        ("person_month", cap(m.person.a_month)),
        ("family_day", cap(m.family.a_day)),
        ("family_week", cap(m.family.a_week)),
        ("family_month", cap(m.family.a_month)),
        ("survey_days", m.survey_days.to_string()),
        ("greeting_hours", m.greeting_hours.to_string()),
    ]);
    if m.on_holidays {
        input.set("on_holidays", "1");
    }
    input
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let now = ctx.now();
    let saved = match read(&input) {
        Ok(manners) => {
            ctx.db
                .write(move |c| actions::save_manners(c, now, &actor, &manners))
                .await
        }
        Err(e) => Err(e),
    };
    match saved {
        Ok(true) => Ok(see("/manners?saved=manners")),
        Ok(false) => Ok(see("/manners?same=manners")),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let (page, _) = load(&ctx).await?;
            let page = views::manners(&frame, &page, (&input, &faults));
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

fn read(input: &Input) -> Result<Manners> {
    let mut faults = Faults::default();
    let f = &mut faults;
    let manners = Manners {
        care: window(input, ("care_from", "care_until"), f),
        other: window(input, ("other_from", "other_until"), f),
        on_holidays: input.ticked("on_holidays"),
        person: caps(input, ["person_day", "person_week", "person_month"], f),
        family: caps(input, ["family_day", "family_week", "family_month"], f),
        survey_days: number(input, "survey_days", (0, SURVEY_DAYS_MAX), f),
        greeting_hours: number(input, "greeting_hours", (0, GREETING_HOURS_MAX), f),
        version: input.need("version", f).unwrap_or(0),
    };
    faults.finish().map(|()| manners)
}

fn window(input: &Input, (from, until): (&str, &str), faults: &mut Faults) -> Window {
    let window = Window {
        from: u32::try_from(number(input, from, (0, 23), faults)).unwrap_or(0),
        until: u32::try_from(number(input, until, (1, 24), faults)).unwrap_or(24),
    };
    if window.until <= window.from && faults.of(from).is_none() && faults.of(until).is_none() {
        faults.add(
            until,
            "not_after",
            "应晚于开始时间",
            "It has to be later than the beginning",
        );
    }
    window
}

fn caps(input: &Input, [day, week, month]: [&str; 3], faults: &mut Faults) -> Caps {
    let mut cap = |field: &str| {
        let most: Option<i32> = input.parse(field, faults);
        if most.is_some_and(|n| !(1..=CAP_MAX).contains(&n)) {
            out_of_range(field, (1, CAP_MAX), faults);
        }
        most
    };
    Caps {
        a_day: cap(day),
        a_week: cap(week),
        a_month: cap(month),
    }
}

fn number(input: &Input, field: &str, (least, most): (i32, i32), faults: &mut Faults) -> i32 {
    let number: Option<i32> = input.need(field, faults);
    if number.is_some_and(|n| !(least..=most).contains(&n)) {
        out_of_range(field, (least, most), faults);
    }
    number.unwrap_or(least)
}

fn out_of_range(field: &str, (least, most): (i32, i32), faults: &mut Faults) {
    faults.add(
        field,
        "out_of_range",
        format!("应为 {least} 到 {most}"),
        format!("From {least} to {most}"),
    );
}
