//! What people do with campaigns.

use chrono::NaiveDate;

use super::super::{jobs, segments};
use super::model::{Campaign, CampaignId, Pace, State};
use super::store::{self, Draft};
use super::{cause, planning};
use crate::clinic;
use crate::documents;
use crate::messaging::{self, HOLD_MS, Purpose};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, Instant, is_in_calendar};
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject, audit};

/// Longest name, in characters.
const NAME_MAX: usize = 60;
/// Most messages a day, and most people of a picked list.
const PER_DAY_MAX: i32 = 5000;
const PICKED_MAX: usize = 1000;
/// Most days of rest between campaigns.
const REST_MAX: i32 = 365;

/// No pause of a campaign lasts longer.
const PAUSE_MAX_MS: i64 = 3660 * DAY_MS;

text_enum! {
    /// What is done with a campaign.
    Step {
        /// It goes out, after two minutes.
        Start = "start",
        /// The start is taken back, within them.
        Undo = "undo",
        /// Nothing more goes out for now.
        Pause = "pause",
        /// It goes on.
        Resume = "resume",
        /// It ends; what was queued is withdrawn.
        Stop = "stop",
    }
}

/// What is wanted of a campaign.
pub type Wanted = Draft;

/// A campaign to be made.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    /// What is wanted of it.
    pub wanted: Wanted,
    /// The picked list, where it is for no segment.
    pub picked: Vec<PatientId>,
}

fn check(c: &mut Conn, wanted: &Wanted, faults: &mut Faults) -> Result<()> {
    for (field, text) in [("name", &wanted.name), ("name_en", &wanted.name_en)] {
        if text.trim().is_empty() {
            faults.require(field);
        } else if text.chars().count() > NAME_MAX {
            faults.add(field, "too_long", "最多 60 个字符", "At most 60 characters");
        }
    }
    check_pace(&wanted.pace, faults);
    if !(0..=REST_MAX).contains(&wanted.rest_days) {
        faults.add("rest_days", "out_of_range", "应为 0 到 365", "From 0 to 365");
    }
    if let Some(id) = wanted.segment
        && !segments::find_segment(c, id)?.is_some_and(|s| s.is_offered())
    {
        faults.add(
            "segment",
            "unknown",
            "没有这个分组，或已归档",
            "There is no such segment, or it is in the archive",
        );
    }
    if wanted.template.is_empty() {
        faults.require("template");
    } else if !messaging::templates(c)?.fits(Purpose::Campaign, &wanted.template) {
        faults.add(
            "template",
            "unfit",
            "请选择群发用的模板",
            "Choose a template that is for campaigns",
        );
    }
    check_document(c, wanted, faults)
}

/// A document of the clinic's with a file, and a template that says where it opens; the one without the other is a mistake.
fn check_document(c: &mut Conn, wanted: &Wanted, faults: &mut Faults) -> Result<()> {
    let naming = messaging::template_names(c, &wanted.template, "documents_link")?;
    let Some(id) = wanted.document else {
        if naming.needed {
            faults.add(
                "document",
                "required",
                "这个模板要附资料，请选择一份",
                "This template tells of a document: choose one",
            );
        }
        return Ok(());
    };
    let fits = documents::offered(c)?.iter().any(|d| d.id == id);
    if !fits {
        faults.add(
            "document",
            "unknown",
            "没有这份资料，或已停用",
            "There is no such document, or it is withdrawn",
        );
    } else if !naming.all {
        faults.add(
            "template",
            "unfit",
            "这个模板不是每种文字里都有 {{ documents_link }}，有的患者打不开资料：请换一个模板，例如“群发：院刊”",
            "Not every text of this template has {{ documents_link }}, so some could not open the document: choose another, such as \"Campaign: the journal\"",
        );
    }
    Ok(())
}

fn check_pace(pace: &Pace, faults: &mut Faults) {
    if !(1..=PER_DAY_MAX).contains(&pace.per_day) {
        faults.add("per_day", "out_of_range", "应为 1 到 5000", "From 1 to 5000");
    }
    if pace.digits().is_empty() {
        faults.add("weekdays", "required", "请至少选择一天", "Choose a day at least");
    }
    if !(0..1440).contains(&pace.from) {
        faults.add("from", "out_of_range", "应为 00:00 到 23:59", "From 00:00 to 23:59");
    } else if pace.until <= pace.from || pace.until > 1440 {
        faults.add(
            "until",
            "before_from",
            "应晚于开始时间",
            "After the time from which it goes out",
        );
    }
    if !is_in_calendar(pace.first_day) {
        faults.add("first_day", "out_of_range", "日期超出范围", "This day is out of range");
    }
}

fn tidied(mut wanted: Wanted) -> Wanted {
    wanted.name = wanted.name.trim().to_owned();
    wanted.name_en = wanted.name_en.trim().to_owned();
    wanted
}

/// Makes a draft.
///
/// # Errors
/// What is wrong with it, at its fields.
pub fn add(c: &mut Conn, now: Instant, actor: &Actor, new: NewCampaign) -> Result<CampaignId> {
    let mut faults = Faults::default();
    check(c, &new.wanted, &mut faults)?;
    if new.wanted.segment.is_none() {
        let known = patients::list_by_id(c, &new.picked)?.len();
        if new.picked.is_empty() {
            faults.require("segment");
        } else if new.picked.len() > PICKED_MAX || known != new.picked.len() {
            faults.add(
                "patient_ids",
                "invalid",
                format!("最多 {PICKED_MAX} 位已登记的患者"),
                format!("At most {PICKED_MAX} registered patients, each once"),
            );
        }
    }
    faults.finish()?;
    let wanted = tidied(new.wanted);
    let id = store::insert_campaign(c, now, &wanted)?;
    if wanted.segment.is_none() {
        store::insert_people(c, id, &new.picked)?;
    }
    audit(c, now, actor, "create", Subject::of("campaigns", id.0), &wanted.name)?;
    Ok(id)
}

fn as_of(c: &mut Conn, (id, version): (CampaignId, i64)) -> Result<Campaign> {
    let campaign = store::get_campaign(c, id)?;
    if campaign.version == version {
        return Ok(campaign);
    }
    let zone = clinic::the_site(c)?.tz();
    Err(staff::stale(c, zone, Subject::of("campaigns", id.0))?)
}

fn not_now() -> Error {
    Error::conflict(
        "wrong_state",
        "群发现在的状态不允许这样做",
        "The campaign is not in a state for this",
    )
}

/// Changes a draft that still has a version. A picked list stays.
pub fn change(c: &mut Conn, now: Instant, actor: &Actor, at: (CampaignId, i64), to: Wanted) -> Result<()> {
    let before = as_of(c, at)?;
    if before.state != State::Draft {
        return Err(not_now());
    }
    let mut faults = Faults::default();
    check(c, &to, &mut faults)?;
    if before.segment.is_some() && to.segment.is_none() {
        faults.require("segment");
    }
    faults.finish()?;
    let mut to = tidied(to);
    to.segment = to.segment.filter(|_| before.segment.is_some());
    if !store::update_draft(c, now, at, &to)? {
        return Err(Error::stale());
    }
    let mut changes = Changes::default();
    changes.note("name", &before.name, &to.name);
    changes.note_option("segment", before.segment, to.segment);
    changes.note("template", &before.template, &to.template);
    changes.note_option("document", before.document, to.document);
    changes.note("per_day", before.pace.per_day, to.pace.per_day);
    changes.note("weekdays", before.pace.digits(), to.pace.digits());
    changes.note("first_day", before.pace.first_day, to.pace.first_day);
    changes.note("skip_booked", before.skip_booked, to.skip_booked);
    changes.note("rest_days", before.rest_days, to.rest_days);
    let subject = Subject::of("campaigns", at.0.0);
    audit(c, now, actor, "update", subject, &format!("{}; {changes}", to.name))
}

/// Removes a draft.
pub fn remove(c: &mut Conn, now: Instant, actor: &Actor, at: (CampaignId, i64)) -> Result<()> {
    let campaign = as_of(c, at)?;
    if campaign.state != State::Draft {
        return Err(not_now());
    }
    store::forget_people(c, at.0)?;
    if !store::delete_campaign(c, at.0, at.1)? {
        return Err(Error::stale());
    }
    audit(
        c,
        now,
        actor,
        "delete",
        Subject::of("campaigns", at.0.0),
        &campaign.name,
    )
}

/// Takes a step with a campaign that still has a version.
///
/// # Errors
/// `wrong_state` where it is not in a state for it.
pub fn step(c: &mut Conn, now: Instant, actor: &Actor, at: (CampaignId, i64), step: Step) -> Result<()> {
    let campaign = as_of(c, at)?;
    let held = campaign.is_held(now);
    let mut to = campaign.clone();
    match (step, campaign.state) {
        (Step::Start, State::Draft) => {
            still_offered(c, &campaign)?;
            (to.state, to.started_at, to.held_until) = (State::Running, Some(now), Some(now + HOLD_MS));
        }
        (Step::Undo, State::Running) if held => {
            (to.state, to.started_at, to.held_until) = (State::Draft, None, None);
        }
        (Step::Pause, State::Running) => to.state = State::Paused,
        (Step::Resume, State::Paused) => {
            still_offered(c, &campaign)?;
            to.state = State::Running;
        }
        (Step::Stop, State::Running | State::Paused) => {
            (to.state, to.ended_at) = (State::Stopped, Some(now));
        }
        _ => return Err(not_now()),
    }
    jobs::forget_begun(c, now)?;
    if !store::set_state(c, now, at.1, &to)? {
        return Err(Error::stale());
    }
    let mut detail = campaign.name;
    // What waits already waits with it, and has all its time again afterwards.
    let wait = match step {
        Step::Pause => Some((now + PAUSE_MAX_MS, now + PAUSE_MAX_MS, Some(cause::PAUSED))),
        Step::Resume => Some((now, now + planning::PATIENCE_MS, None)),
        Step::Start | Step::Undo | Step::Stop => None,
    };
    if let Some(wait) = wait {
        for key in store::unsent_keys(c, at.0)? {
            messaging::put_off(c, now, &key, wait)?;
        }
    }
    if step == Step::Stop {
        let mut withdrawn = 0;
        for key in store::unsent_keys(c, at.0)? {
            withdrawn += messaging::withdraw(c, now, &key, "campaign-stopped|群发已停止|The campaign was stopped")?;
        }
        detail = format!("{detail}; {withdrawn} withdrawn");
    }
    audit(c, now, actor, step.as_str(), Subject::of("campaigns", at.0.0), &detail)
}

/// A campaign whose document was withdrawn has nothing to send.
fn still_offered(c: &mut Conn, campaign: &Campaign) -> Result<()> {
    match campaign.document {
        Some(id) if !documents::find_document(c, id)?.is_some_and(|d| d.is_offered()) => Err(Error::conflict(
            "document_withdrawn",
            "附带的资料已停用：请重新启用，或另选一份",
            "The document that goes with it is withdrawn: offer it again, or choose another",
        )),
        _ => Ok(()),
    }
}

/// A usual pace: weekdays, in the morning and the afternoon.
pub fn usual_pace(today: NaiveDate) -> Pace {
    Pace {
        per_day: 50,
        weekdays: vec![1, 2, 3, 4, 5],
        from: 9 * 60 + 30,
        until: 17 * 60,
        first_day: today,
    }
}
