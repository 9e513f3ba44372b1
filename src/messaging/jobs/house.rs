//! What texts have to go by here, and how long they get: by the clinic, its gateways and its people.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::actions::TemplateUses;
use super::super::model::{House, Purpose, sample_of};
use super::super::store;
use super::Dispatcher;
use crate::clinic::{self, Site};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

impl Dispatcher {
    /// The same with one more feature whose things name templates.
    #[must_use]
    pub fn with_uses(mut self, uses: Arc<dyn TemplateUses>) -> Dispatcher {
        self.uses.push(uses);
        self
    }

    /// What texts have to go by.
    pub fn house(&self, site: &Site) -> House {
        let config = &self.config;
        let url = &config.server.public_url;
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let host = rest.split(['/', ':', '?']).next().unwrap_or("");
        let as_typed = self.sms.iter().any(|s| s.provider().is_none());
        let mut providers: Vec<&'static str> = self.sms.iter().filter_map(|s| s.provider()).collect();
        providers.dedup();
        House {
            country: site.country.clone(),
            host: host.to_lowercase(),
            bare: scheme == "http",
            texts: config.texts.clone(),
            signed: site.country == "CN" && as_typed && !config.sms.captured(),
            providers,
            parts_max: config.sms.max_segments,
        }
    }

    /// What a part of a text costs by the gateway that is used first; none: not known.
    pub fn price_per_part(&self) -> Option<f64> {
        self.config.sms.price_per_part()
    }

    /// The longest values that the variables of a purpose have here: of all patients, providers, sites.
    pub fn longest(
        &self,
        c: &mut Conn,
        site: &Site,
        purpose: Option<Purpose>,
        lang: Lang,
    ) -> Result<Map<String, Value>> {
        let mut values = sample_of(site, purpose, lang);
        let names = store::longest_patient(c)?;
        let providers = clinic::list_providers(c, true)?;
        let of_providers = providers.iter().map(|p| p.name_in(lang).to_owned());
        let longest: BTreeMap<&str, Vec<String>> = BTreeMap::from([
            ("name", names.clone()),
            (
                "title",
                names
                    .into_iter()
                    .map(|n| format!("{}{n}", lang.pick("", "Mr ")))
                    .collect(),
            ),
            ("provider", of_providers.collect()),
            ("clinic", vec![site.name_in(lang).to_owned()]),
        ]);
        for (name, all) in longest {
            let long = all.into_iter().max_by_key(|v| v.chars().count());
            let shorter = |slot: &Value, long: &str| {
                let known = slot.as_str().unwrap_or("");
                name == "clinic" || known.chars().count() < long.chars().count()
            };
            if let (Some(slot), Some(long)) = (values.get_mut(name), long)
                && shorter(slot, &long)
            {
                *slot = json!(long);
            }
        }
        if let Some(link) = values.get_mut("link") {
            *link = self.sample_link(purpose).into();
        }
        Ok(values)
    }
}
