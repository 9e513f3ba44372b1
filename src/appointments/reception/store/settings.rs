//! Settings of reception: when waiting is too long, and what is laid out before a visit.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::appointments::model::stage::{Limits, Stage, WaitAlerts};
use crate::clinic::{ServiceId, SiteId};
use crate::platform::db::Conn;
use crate::platform::db::schema::{service_supplies, wait_alerts as alerts};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// From when on waiting is amber and red, stage by stage.
pub fn wait_alerts(c: &mut Conn, site: SiteId) -> Result<WaitAlerts> {
    let rows: Vec<(Stage, i32, i32)> = alerts::table
        .filter(alerts::site_id.eq(site))
        .select((alerts::stage, alerts::amber_minutes, alerts::red_minutes))
        .load(c)?;
    let mut found = WaitAlerts::default();
    for (stage, amber, red) in rows {
        *found.of_mut(stage) = Limits { amber, red };
    }
    Ok(found)
}
/// Stores all of them.
pub fn save_wait_alerts(c: &mut Conn, site: SiteId, wanted: &WaitAlerts) -> Result<()> {
    diesel::delete(alerts::table.filter(alerts::site_id.eq(site))).execute(c)?;
    for stage in Stage::ALL {
        let limits = wanted.of(*stage);
        diesel::insert_into(alerts::table)
            .values((
                alerts::site_id.eq(site),
                alerts::stage.eq(*stage),
                alerts::amber_minutes.eq(limits.amber),
                alerts::red_minutes.eq(limits.red),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// What is to be laid out before a visit of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supplies {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Supplies {
    /// In a language; in the other where this one is empty.
    pub fn in_lang(&self, lang: Lang) -> &str {
        let (own, other) = lang.pick((&self.zh, &self.en), (&self.en, &self.zh));
        if own.is_empty() { other } else { own }
    }
}

/// The supplies of all services that have any.
pub fn list_supplies(c: &mut Conn) -> Result<BTreeMap<ServiceId, Supplies>> {
    let rows: Vec<(ServiceId, String, String)> = service_supplies::table
        .select((
            service_supplies::service_id,
            service_supplies::supplies,
            service_supplies::supplies_en,
        ))
        .load(c)?;
    Ok(rows.into_iter().map(|(id, zh, en)| (id, Supplies { zh, en })).collect())
}
/// Stores those of one service.
pub fn save_supplies(c: &mut Conn, service: ServiceId, s: &Supplies) -> Result<()> {
    diesel::delete(service_supplies::table.find(service)).execute(c)?;
    if *s == Supplies::default() {
        return Ok(());
    }
    diesel::insert_into(service_supplies::table)
        .values((
            service_supplies::service_id.eq(service),
            service_supplies::supplies.eq(&s.zh),
            service_supplies::supplies_en.eq(&s.en),
        ))
        .execute(c)?;
    Ok(())
}
