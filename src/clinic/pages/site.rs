//! `/settings/site`

use actix_web::{HttpResponse, web};

use super::super::model::{self, Currency, Site, SiteId};
use super::super::{actions, store, views};
use super::{Again, Shown, answer, back, by, settle, typed};
use crate::platform::clock::Instant;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// Longest telephone number as people write it.
const PHONE_MAX: usize = 40;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/settings/site")
            .route(staff::get(ONLY_ADMINISTRATOR, site_page))
            .route(staff::post(ONLY_ADMINISTRATOR, save)),
    );
}

async fn site_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None).await
}

async fn show(ctx: &Ctx, frame: &Frame, again: Option<Again>) -> Result<HttpResponse> {
    let (site, last) = ctx
        .db
        .read(|c| {
            let site = store::the_site(c)?;
            let last = staff::last_change(c, "sites", Some(site.id.0))?;
            Ok((site, last))
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "site", || input_of(&site));
    Ok(answer(
        again.as_ref(),
        views::site::site(frame, (&site, ctx.now()), last.as_ref(), &shown),
    ))
}

fn input_of(s: &Site) -> Input {
    Input::from_pairs([
        ("name", s.name.as_str()),
        ("name_en", &s.name_en),
        ("phone", &s.phone),
        ("address", &s.address),
        ("address_en", &s.address_en),
        ("zone", &s.zone),
        ("language", s.language.as_str()),
        ("currency", &s.currency),
        ("country", &s.country),
    ])
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, draft) = (by(&ctx, actor, &input), read(&input, ctx.now()));
    let done = match draft {
        Ok(site) => {
            ctx.db
                .write(move |c| {
                    let id = store::the_site(c)?.id;
                    actions::save_site(c, &by, &Site { id, ..site })
                })
                .await
        }
        Err(e) => Err(e),
    };
    match settle(done, "site", input)? {
        Ok(word) => Ok(back("/settings/site", word, "site")),
        Err(again) => show(&ctx, &frame, Some(again)).await,
    }
}

fn read(input: &Input, now: Instant) -> Result<Site> {
    let mut faults = Faults::default();
    let (name, name_en) = typed::names(input, &mut faults);
    let language: Option<Lang> = input.need("language", &mut faults);
    let site = Site {
        id: SiteId(0),
        name,
        name_en,
        phone: phone(input, &mut faults),
        address: typed::line(input, "address", &mut faults),
        address_en: typed::line(input, "address_en", &mut faults),
        zone: input.get("zone").to_owned(),
        language: language.unwrap_or(Lang::Zh),
        currency: input.get("currency").to_uppercase(),
        country: input.get("country").to_uppercase(),
        updated_at: now,
    };
    check_codes(&site, &mut faults);
    faults.finish()?;
    Ok(site)
}

fn phone(input: &Input, faults: &mut Faults) -> String {
    let text = input.get("phone");
    let well = text.chars().all(|c| c.is_ascii_digit() || "+-()/. ".contains(c));
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !text.is_empty() && (!well || digits < 3 || text.len() > PHONE_MAX) {
        faults.add(
            "phone",
            "invalid",
            "电话只能有数字、空格和 + - ( ) / .",
            "A phone number has digits, spaces and + - ( ) / . only",
        );
    }
    text.to_owned()
}

fn check_codes(site: &Site, faults: &mut Faults) {
    if !model::is_zone(&site.zone) {
        faults.add(
            "zone",
            "invalid",
            "没有这个时区，请从列表中选择（IANA 名称，例如 Asia/Shanghai）",
            "There is no such zone; choose one of the list (an IANA name such as Asia/Shanghai)",
        );
    }
    match model::currency(&site.currency) {
        Currency::TwoDecimals => {}
        Currency::NotYet => faults.add(
            "currency",
            "unsupported",
            "暂不支持没有两位小数的货币",
            "Currencies without exactly two decimals are not supported yet",
        ),
        Currency::Unknown => faults.add(
            "currency",
            "invalid",
            "不是 ISO 4217 货币代码，例如 CNY",
            "Not an ISO 4217 currency code such as CNY",
        ),
    }
    if !model::is_country(&site.country) {
        faults.add(
            "country",
            "invalid",
            "请填两位国家代码，例如 CN",
            "A two-letter country code such as CN",
        );
    }
}
