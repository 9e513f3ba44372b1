//! What a described gateway calls us with.

use serde_json::Value;

use super::super::super::config::gateways::{Http as Settings, ReportStatus};
use super::super::call::at;
use super::super::callback::field;
use super::super::{Call, Heard, Refusal, Status, Told, Which};

/// One report or text, as fields by name or by JSON pointer.
enum Item {
    Json(Value),
    Pairs(Vec<(String, String)>),
}

impl Item {
    fn get(&self, name: &str) -> String {
        match self {
            _ if name.is_empty() => String::new(),
            Item::Json(value) if name.starts_with('/') => at(value, name),
            Item::Json(value) => value.get(name).map(|inner| at(inner, "")).unwrap_or_default(),
            Item::Pairs(pairs) => field(pairs, name).to_owned(),
        }
    }
}

/// What a call holds. `list`: where in a JSON body the items are.
fn items(call: &Call<'_>, list: &str) -> Result<Vec<Item>, Refusal> {
    let json = call.body.iter().find(|b| !b.is_ascii_whitespace());
    if !matches!(json, Some(b'{' | b'[')) {
        let pairs = call.query.iter().cloned().chain(call.form()).collect();
        return Ok(vec![Item::Pairs(pairs)]);
    }
    let body: Value = serde_json::from_slice(call.body).map_err(|_not_json| Refusal::Unreadable)?;
    let pointer = if list == "/" { "" } else { list };
    match body.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items.iter().cloned().map(Item::Json).collect()),
        Some(one @ Value::Object(_)) => Ok(vec![Item::Json(one.clone())]),
        _ => Err(Refusal::Unreadable),
    }
}

/// By our reference in the address, or, for who knows the secret, by what it tells.
pub(super) fn report(settings: &Settings, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
    let known = call.knows(&settings.callback_secret);
    let map = &settings.report;
    if map.map.is_empty() {
        return Err(Refusal::None);
    }
    let told = |item: &Item| {
        let status = item.get(&map.status);
        let reference = item.get(&map.reference);
        Told {
            which: match known {
                false => Which::Address,
                true if !reference.is_empty() => Which::Reference(reference),
                true => Which::Id(item.get(&map.id)),
            },
            said: format!("{status} {}", item.get(&map.said)).trim().to_owned(),
            status: map.map.get(&status).map_or(Status::Unknown, |s| status_of(*s)),
            opted_out: false,
        }
    };
    Ok(items(call, &map.items)?.iter().map(told).collect())
}

/// Where a secret is set, only who knows it is heard.
pub(super) fn inbound(settings: &Settings, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
    let secret = &settings.callback_secret;
    if !secret.0.is_empty() && !call.knows(secret) {
        return Err(Refusal::Forbidden);
    }
    let map = &settings.inbound;
    if map.from.is_empty() {
        return Err(Refusal::None);
    }
    let heard = |item: &Item| Heard {
        from: item.get(&map.from),
        text: item.get(&map.text),
        id: item.get(&map.id),
        opted_out: false,
    };
    Ok(items(call, &map.items)?.iter().map(heard).collect())
}

fn status_of(status: ReportStatus) -> Status {
    match status {
        ReportStatus::Delivered => Status::Delivered,
        ReportStatus::Failed => Status::Failed,
        ReportStatus::Expired => Status::Expired,
        ReportStatus::Rejected => Status::Rejected,
        ReportStatus::Accepted => Status::Accepted,
        ReportStatus::Buffered => Status::Buffered,
    }
}
