//! What a described gateway calls us with.

use serde_json::Value;

use super::super::super::config::gateways::{Http as Settings, HttpReport, ReportStatus};
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
    listed(call.body, list)
}

/// The items of a JSON body.
fn listed(body: &[u8], list: &str) -> Result<Vec<Item>, Refusal> {
    let body: Value = serde_json::from_slice(body).map_err(|_not_json| Refusal::Unreadable)?;
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
    let told = |item: &Item| Told {
        which: match (known, named(map, item)) {
            (false, _) => Which::Address,
            (true, Some(which)) => which,
            (true, None) => Which::Id(String::new()),
        },
        ..told(map, item)
    };
    Ok(items(call, &map.items)?.iter().map(told).collect())
}

/// What a gateway answers that was asked about a text; none: it cannot be read.
pub(super) fn answered(settings: &Settings, body: &[u8]) -> Option<Vec<Told>> {
    let map = &settings.report;
    let items = listed(body, &map.items).ok()?;
    Some(items.iter().map(|item| told(map, item)).collect())
}

/// One report; where it names no text it is of the one that was asked about.
fn told(map: &HttpReport, item: &Item) -> Told {
    let status = item.get(&map.status);
    Told {
        which: named(map, item).unwrap_or(Which::Asked),
        said: format!("{status} {}", item.get(&map.said)).trim().to_owned(),
        status: map.map.get(&status).map_or(Status::Unknown, |s| status_of(*s)),
        opted_out: false,
    }
}

/// By our reference, or by the gateway's own name.
fn named(map: &HttpReport, item: &Item) -> Option<Which> {
    let (reference, id) = (item.get(&map.reference), item.get(&map.id));
    match (reference.is_empty(), id.is_empty()) {
        (false, _) => Some(Which::Reference(reference)),
        (true, false) => Some(Which::Id(id)),
        (true, true) => None,
    }
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
        id: together(item, &map.id),
        opted_out: false,
    };
    Ok(items(call, &map.items)?.iter().map(heard).collect())
}

/// What tells one text from another, where several values do that together: `mobile+time`. Nothing, where none is there.
fn together(item: &Item, names: &str) -> String {
    let values: Vec<String> = names.split('+').map(|name| item.get(name.trim())).collect();
    match values.iter().all(String::is_empty) {
        true => String::new(),
        false => values.join(" "),
    }
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
