//! Whom a message would not reach, asked ahead of many at once. Messages about visits are queued whoever it is, so that the desk
//! sees in the ledger who was not reached; a preview tells it before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::model::RuleAction;
use super::{Candidate, Exclusion, unreachable_because, ways};
use crate::messaging::{self, Carrier, Refusals, Templates};
use crate::patients::Channel;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// Notes at each message that is not excluded yet why it would not get there.
pub(super) fn exclude(c: &mut Conn, found: &mut [Candidate]) -> Result<()> {
    let goes = |x: &Candidate| x.excluded.is_none() && x.action == RuleAction::Message;
    let theirs = found.iter().filter(|x| goes(x)).map(|x| &x.who);
    let addresses: Vec<String> = theirs.flat_map(|p| p.phone.iter().chain(&p.email)).cloned().collect();
    if addresses.is_empty() && !found.iter().any(goes) {
        return Ok(());
    }
    let (refusals, templates) = (messaging::refusals_of(c, &addresses)?, messaging::templates(c)?);
    let (known, mut texts) = ((&refusals, &templates), Texts::default());
    for x in found.iter_mut().filter(|x| goes(x)) {
        x.excluded = match unreachable_because(&x.who, x.said) {
            None => refused(c, x, known, &mut texts)?,
            why => why,
        };
        let way = way(x, known);
        x.to = address_of(x, way).map(|address| (way, address.to_owned()));
    }
    Ok(())
}

/// What the templates say, each read once: code, channel, language.
type Texts = HashMap<(String, Carrier, Lang), String>;

fn refused(
    c: &mut Conn,
    x: &Candidate,
    known: (&Refusals, &Templates),
    texts: &mut Texts,
) -> Result<Option<Exclusion>> {
    let (refusals, _) = known;
    let way = way(x, known);
    let Some(address) = address_of(x, way) else {
        return Ok(Some(Exclusion::NoAddress));
    };
    let says = match texts.entry((x.message.template.clone(), way, x.who.language)) {
        Entry::Occupied(read) => read.into_mut(),
        Entry::Vacant(new) => {
            let says = messaging::template_says(c, (&x.message.template, way), x.who.language)?;
            new.insert(says)
        }
    };
    if refusals.is_opted_out((way, address), (x.message.purpose, says)) {
        return Ok(Some(Exclusion::OptedOut));
    }
    let back = way == Carrier::Email && refusals.comes_back(address);
    Ok(back.then_some(Exclusion::ComesBack))
}

/// How the message would travel, by the rules by which it is queued.
fn way(x: &Candidate, (refusals, templates): (&Refusals, &Templates)) -> Carrier {
    if let Some(wish) = x.message.carrier {
        return wish;
    }
    let preferred = match x.who.channel {
        Channel::Email => Carrier::Email,
        Channel::Sms | Channel::Phone | Channel::None => Carrier::Sms,
    };
    let Some(address) = address_of(x, preferred) else {
        return preferred.other();
    };
    let other = preferred.other();
    let has_other = address_of(x, other).is_some();
    let code = x.message.template.as_str();
    let lacks = !templates.carries(code, preferred) && templates.carries(code, other);
    let back = preferred == Carrier::Email && refusals.comes_back(address);
    if has_other && (lacks || back) { other } else { preferred }
}

/// Where that way leads, if they have not refused it.
fn address_of(x: &Candidate, way: Carrier) -> Option<&str> {
    let (phone, email) = ways(&x.who, x.said);
    let address = match way {
        Carrier::Sms => phone,
        Carrier::Email => email,
    };
    address.map(String::as_str).filter(|a| !a.is_empty())
}
