//! By which gateway a message goes: the first that is not paused and can carry it. One that sends approved templates can carry
//! what has one of its templates.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::model::{Carrier, Message, ProviderEntry, Reason};
use super::super::store;
use super::Dispatcher;
use super::ask::{Answer, Asked, Worded};
use super::pauses::{Lane, Pause};
use super::settle::{declined_by, refused_by};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::sms::{Provided, SmsSender};

/// The way a message takes.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The gateway's name.
    pub gateway: String,
    /// What a gateway of approved templates gets.
    pub template: Option<Provided>,
    /// Whether it was paused before.
    pub rested: bool,
}

impl Dispatcher {
    /// The way a message takes now, or why none: it waits for a gateway that is paused, or has no template that a gateway
    /// wants.
    pub(super) fn route(
        &self,
        c: &mut Conn,
        now: Instant,
        worded: &Worded,
        variables: &Map<String, Value>,
    ) -> Result<Asked<Route>> {
        let mut waits: Option<Pause> = None;
        let mut lacks: Option<Reason> = None;
        for lane in self.lanes_for(c, &worded.message)? {
            let template = match self.provided(c, worded, lane.gateway, variables)? {
                Ok(template) => template,
                Err(reason) => {
                    lacks.get_or_insert(reason);
                    continue;
                }
            };
            let last = lane.last_pause(c)?;
            let rested = last.is_some();
            match last.filter(|pause| pause.lasts(now)) {
                None => {
                    let gateway = lane.gateway.to_owned();
                    return Ok(Ok(Route {
                        gateway,
                        template,
                        rested,
                    }));
                }
                Some(pause) => {
                    if waits.as_ref().is_none_or(|w| pause.until < w.until) {
                        waits = Some(pause);
                    }
                }
            }
        }
        Ok(Err(match (waits, lacks) {
            (Some(pause), _) => Answer::Later(pause.until, Reason::said("settings", &pause.said)),
            (None, Some(reason)) => Answer::Fail(reason),
            (None, None) => Answer::Skip(Reason::code("channel-off")),
        }))
    }

    /// The gateways that a message may go by: those that have said "not now" to it come last.
    fn lanes_for(&self, c: &mut Conn, message: &Message) -> Result<Vec<Lane<'_>>> {
        let mut lanes = self.lanes(message.channel);
        if lanes.len() > 1 && message.attempts > 0 {
            let (never, later) = (refused_by(c, message)?, declined_by(c, message)?);
            lanes.retain(|lane| !never.iter().any(|name| name == lane.gateway));
            lanes.sort_by_key(|lane| later.iter().any(|name| name == lane.gateway));
        }
        Ok(lanes)
    }

    /// What a gateway of approved templates gets for a message; none for one that sends texts.
    fn provided(
        &self,
        c: &mut Conn,
        Worded { message, template }: &Worded,
        gateway: &str,
        variables: &Map<String, Value>,
    ) -> Result<Result<Option<Provided>, Reason>> {
        let sender = self.gateway(gateway).filter(|_| message.channel == Carrier::Sms);
        let Some(kind) = sender.and_then(|s| s.provider()) else {
            return Ok(Ok(None));
        };
        let missing = || Ok(Err(Reason::said("no-provider-template", gateway)));
        let Some(template) = template else {
            return missing();
        };
        let entries = store::providers_of(c, template.id)?;
        let Some((_, entry)) = entries.into_iter().find(|(of, _)| of == kind) else {
            return missing();
        };
        let entry = match ProviderEntry::read(&entry, Some(message.purpose)) {
            Ok(entry) => entry,
            Err(why) => return Ok(Err(Reason::with("provider-template", why))),
        };
        Ok(match entry.fill(variables) {
            Ok(provided) => Ok(Some(provided)),
            Err(variable) => Err(Reason::said("provider-variable", &variable)),
        })
    }

    /// A gateway for text messages that is in use.
    pub(super) fn gateway(&self, name: &str) -> Option<&Arc<dyn SmsSender>> {
        self.sms.iter().find(|s| s.name() == name)
    }

    /// A gateway for text messages, in use or not: what it has sent may still be reported.
    pub fn known_gateway(&self, name: &str) -> Option<&Arc<dyn SmsSender>> {
        self.gateway(name)
            .or_else(|| self.resting.iter().find(|s| s.name() == name))
    }

    /// The kinds of gateways, among those that are configured, whose templates are entered with ours.
    pub fn providers(&self) -> Vec<&'static str> {
        let mut kinds: Vec<&str> = self
            .sms
            .iter()
            .chain(&self.resting)
            .filter_map(|s| s.provider())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}
