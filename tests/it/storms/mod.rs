//! Many at once, over instances: nobody is booked twice, nothing is lost, nothing breaks.
//!
//! In the usual run these are short. `tests/run --only storms` runs them long: CHAIRSIDE_STORM_ROUNDS rounds for one slot
//! (100), CHAIRSIDE_STORM_SECONDS of everything at once (60), CHAIRSIDE_STORM_KILLS of a program that sends
//! CHAIRSIDE_STORM_MESSAGES (200, 20000).

mod kills;
mod regrets;
mod taken;

use std::collections::BTreeMap;
use std::sync::Arc;

use chairside::clinic::{self, BookingRules, Parts, ProviderKind, ServiceId};
use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::staff::Role;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::both;
use crate::support::{Browser, Clinic, make_patient};
use taken::overlaps;

const APPOINTMENTS: &str = "/api/v1/appointments";
const HOLDS: &str = "/api/v1/holds";
/// How many want the same slot at once.
const CROWD: usize = 1000;

/// A setting of the long run, or what the usual run does.
fn long_or(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// Three instances of a clinic, and a desk's program that speaks to each.
async fn three(clinic: &Clinic) -> (Vec<Clinic>, Vec<Arc<Browser>>) {
    let others = vec![clinic.another_instance().await, clinic.another_instance().await];
    let bearer = clinic.api(Role::FrontDesk).await.bearer;
    let of = |c: &Clinic| {
        Arc::new(Browser {
            // Each request has its own connection: one that is kept is closed by the server when it has been idle.
            client: reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap(),
            bearer: bearer.clone(),
            base: c.base.clone(),
        })
    };
    let apis = std::iter::once(clinic).chain(&others).map(of).collect();
    (others, apis)
}

async fn people(clinic: &Clinic, n: usize) -> Vec<PatientId> {
    let mut made = Vec::with_capacity(n);
    for i in 0..n {
        made.push(make_patient(clinic, "某人", &format!("139{i:08}")).await);
    }
    made
}

fn service(clinic: &Clinic, code: &str) -> i64 {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap().id.0
}

/// Sends all bookings at once, over the instances in turn.
async fn at_once(apis: &[Arc<Browser>], bodies: Vec<Value>) -> Vec<(u16, Value)> {
    let mut running = JoinSet::new();
    for (i, body) in bodies.into_iter().enumerate() {
        let api = Arc::clone(&apis[i % apis.len()]);
        running.spawn_local(async move { knock(&api, &body).await });
    }
    running.join_all().await
}

/// Asks until there is an answer: a server with too many at the door closes it before it has read what is wanted.
async fn knock(api: &Browser, body: &Value) -> (u16, Value) {
    let token = api.bearer.as_ref().unwrap();
    loop {
        let request = api
            .client
            .post(format!("{}{APPOINTMENTS}", api.base))
            .bearer_auth(token);
        if let Ok(answer) = request.json(body).send().await
            && answer.status() != reqwest::StatusCode::REQUEST_TIMEOUT
        {
            return (answer.status().as_u16(), answer.json().await.unwrap());
        }
    }
}

both!(of_a_thousand_at_once_for_one_slot_one_gets_it, |clinic| {
    let (_others, apis) = three(&clinic).await;
    let people = people(&clinic, CROWD).await;
    let (service, provider) = (service(&clinic, "extraction"), clinic.sample.providers[0].id);
    let slots =
        (1..).flat_map(|day| ["08:45", "10:00", "11:05", "13:30", "14:30", "15:30", "16:45"].map(|at| (day, at)));
    let monday = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let slots = slots.map(|(day, at)| (monday + chrono::TimeDelta::days(day), at));
    // Sundays are closed.
    let open = slots.filter(|(day, _)| (*day - monday).num_days() % 7 != 6);
    for (round, (day, at)) in (1..=long_or("CHAIRSIDE_STORM_ROUNDS", 3)).zip(open) {
        let starts_at = format!("{day}T{at}:00+08:00");
        let wish = |who: &PatientId| json!({ "patient_id": who, "service_id": service, "provider_id": provider, "starts_at": starts_at });
        let answers = at_once(&apis, people.iter().map(wish).collect()).await;
        let mut statuses = BTreeMap::new();
        for (status, answer) in &answers {
            *statuses.entry(*status).or_insert(0) += 1;
            if *status == 409 {
                assert_eq!(answer["code"], "slot_taken");
                let next = answer["next"].as_array().unwrap();
                assert!(
                    !next.is_empty() && next.iter().all(|s| s["starts_at"] != starts_at.as_str()),
                    "{answer}"
                );
            } else if *status != 201 {
                panic!("round {round}: {status} {answer}");
            }
        }
        assert_eq!(statuses, BTreeMap::from([(201, 1), (409, CROWD - 1)]), "round {round}");
        let booked = clinic
            .count("SELECT count(*) AS n FROM appointments WHERE source = 'api'")
            .await;
        assert_eq!(booked, i64::try_from(round).unwrap(), "round {round}");
    }
    assert_eq!(overlaps(&clinic).await, Vec::<String>::new());
});

both!(anyone_who_is_free_is_booked_as_often_as_somebody_is_free, |clinic| {
    let (_others, apis) = three(&clinic).await;
    let people = people(&clinic, 200).await;
    let service = service(&clinic, "check-up");
    // Four do check-ups; one after the other is booked beforehand.
    for (taken, at) in ["09:00", "10:00", "11:00", "14:00", "15:00"].into_iter().enumerate() {
        let starts_at = format!("2026-11-25T{at}:00+08:00");
        let body = |who: &PatientId| json!({ "patient_id": who, "service_id": service, "starts_at": starts_at });
        for (provider, who) in clinic.sample.providers.iter().zip(&people).take(taken) {
            let mut body = body(who);
            body["provider_id"] = json!(provider.id);
            assert_eq!(apis[0].post_json(APPOINTMENTS, &body).await.0, 201);
        }
        let answers = at_once(&apis, people.iter().map(body).collect()).await;
        let booked: Vec<&Value> = answers.iter().filter(|(s, _)| *s == 201).map(|(_, a)| a).collect();
        let refused = answers
            .iter()
            .filter(|(s, a)| *s == 409 && a["code"] == "slot_taken")
            .count();
        let free = clinic.sample.providers.len() - 1 - taken;
        assert_eq!((booked.len(), refused), (free, 200 - free), "{at}");
        let mut providers: Vec<i64> = booked.iter().map(|a| a["provider_id"].as_i64().unwrap()).collect();
        providers.sort_unstable();
        providers.dedup();
        assert_eq!(providers.len(), free, "{at}: each once");
    }
    assert_eq!(overlaps(&clinic).await, Vec::<String>::new());
});

/// What was answered with 200 or 201.
#[derive(Debug, Clone)]
struct Done {
    action: &'static str,
    now: Value,
}

/// One client of the storm: it books, moves, cancels, seats and undoes what it sees, on any instance, until time is up.
async fn client(apis: Vec<Arc<Browser>>, wishes: Vec<(PatientId, i64, Vec<i64>)>, seconds: u64) -> Vec<Done> {
    let began = std::time::Instant::now();
    let (mut done, mut mine): (Vec<Done>, Vec<Value>) = (Vec::new(), Vec::new());
    while began.elapsed().as_secs() < seconds {
        let (action, path, body) = {
            let mut rng = rand::rng();
            let time = |rng: &mut dyn Rng| {
                let (day, minute) = (23 + rng.next_u32() % 3, 9 * 60 + rng.next_u32() % 102 * 5);
                format!("2026-11-{day}T{:02}:{:02}:00+08:00", minute / 60, minute % 60)
            };
            let seen = mine.choose(&mut rng).cloned();
            match (rng.random_range(0..10), seen) {
                (0..=3, _) | (_, None) => {
                    let (who, service, providers) = wishes.choose(&mut rng).unwrap();
                    let mut body = json!({ "patient_id": who, "service_id": service, "starts_at": time(&mut rng) });
                    if rng.random_bool(0.7) {
                        body["provider_id"] = json!(providers.choose(&mut rng));
                    }
                    if rng.random_bool(0.1) {
                        ("hold", HOLDS.to_owned(), body)
                    } else {
                        ("book", APPOINTMENTS.to_owned(), body)
                    }
                }
                (n, Some(a)) => {
                    let action = match n {
                        4 | 5 => "move",
                        6 => "cancel",
                        7 => "seat",
                        _ => "undo",
                    };
                    let mut body = json!({ "version": a["version"] });
                    if action == "move" {
                        body["starts_at"] = json!(time(&mut rng));
                    }
                    if action == "cancel" {
                        body["reason"] = json!("风暴");
                    }
                    (action, format!("{APPOINTMENTS}/{}/{action}", a["id"]), body)
                }
            }
        };
        let api = apis.choose(&mut rand::rng()).unwrap();
        let (status, answer) = api.post_json(&path, &body).await;
        match status {
            201 if action == "hold" => {
                // Some ring off while it is held, some book.
                if rand::rng().random_bool(0.6) {
                    let mut booking = body;
                    for field in ["provider_id", "chair_id"] {
                        booking[field] = answer[field].clone();
                    }
                    booking["hold"] = answer["token"].clone();
                    let (status, answer) = api.post_json(APPOINTMENTS, &booking).await;
                    // Nobody else books it meanwhile; but who takes a cancellation back within its seconds has it again.
                    match status {
                        201 => done.push(Done {
                            action: "book",
                            now: answer,
                        }),
                        _ => assert_eq!((status, answer["code"].as_str()), (409, Some("slot_taken")), "{answer}"),
                    }
                }
            }
            200 | 201 => {
                mine.retain(|a| a["id"] != answer["id"]);
                mine.push(answer.clone());
                done.push(Done { action, now: answer });
            }
            409 | 422 => {
                // Somebody else's change: look at it once more, as a clerk would.
                if let Some(current) = answer.get("current") {
                    mine.retain(|a| a["id"] != current["id"]);
                    mine.push(current.clone());
                }
            }
            _ => panic!("{path} {body}: {status} {answer}"),
        }
        // Others' appointments are fair game, too.
        if mine.len() < 3 || rand::rng().random_bool(0.05) {
            let (_, list) = api.get_json(&format!("{APPOINTMENTS}?from=2026-11-23&days=3")).await;
            mine = list["appointments"].as_array().unwrap().clone();
        }
    }
    done
}

both!(a_storm_of_everything_leaves_no_overlap_and_loses_nothing, |clinic| {
    const CLIENTS: usize = 24;
    let (_others, apis) = three(&clinic).await;
    let people = people(&clinic, 60).await;
    let codes = ["check-up", "extraction", "implant", "fluoride", "cleaning"];
    let by = |code: &str| match code {
        "check-up" => vec![0, 1, 2, 3],
        "extraction" => vec![0, 3],
        "implant" => vec![3],
        "fluoride" => vec![2, 4],
        _ => vec![4],
    };
    let provider = |position: usize| clinic.sample.providers[position].id.0;
    let wishes: Vec<_> = people
        .iter()
        .zip(codes.into_iter().cycle())
        .map(|(who, code)| {
            (
                *who,
                service(&clinic, code),
                by(code).into_iter().map(provider).collect(),
            )
        })
        .collect();
    // A dentist who runs two chairs, and a hygienist who helps: their times are taken in parts.
    let (extraction, implant) = (
        ServiceId(service(&clinic, "extraction")),
        ServiceId(service(&clinic, "implant")),
    );
    let (two_chairs, other) = (clinic.sample.providers[0].id, clinic.sample.providers[1].chair_id);
    clinic
        .sql(move |c| {
            let alone = BookingRules {
                provider_parts: Parts::parse("0-15").unwrap(),
                ..BookingRules::default()
            };
            let helped = BookingRules {
                second_kind: Some(ProviderKind::Hygienist),
                second_parts: Parts::parse("0-30").unwrap(),
                ..BookingRules::default()
            };
            clinic::save_rules(c, extraction, &alone)?;
            clinic::save_rules(c, implant, &helped)?;
            clinic::replace_further_chairs(c, two_chairs, &[other])
        })
        .await;
    let seconds = long_or("CHAIRSIDE_STORM_SECONDS", 6);
    let mut done: Vec<Done> = Vec::new();
    let mut counts = BTreeMap::new();
    // On a machine that is busy with other things as well a short storm may see too little.
    for _ in 0..5 {
        let mut running = JoinSet::new();
        for _ in 0..CLIENTS {
            running.spawn_local(client(apis.clone(), wishes.clone(), seconds));
        }
        done.extend(running.join_all().await.into_iter().flatten());
        counts = ["book", "move", "cancel", "seat", "undo"]
            .map(|action| (action, done.iter().filter(|d| d.action == action).count()))
            .into();
        eprintln!("done in storms of {seconds} s: {counts:?}");
        if counts.values().all(|n| *n > 0) {
            break;
        }
    }
    assert!(counts.values().all(|n| *n > 0), "{counts:?}");
    let helped = "SELECT count(*) AS n FROM appointments WHERE second_id IS NOT NULL";
    assert!(clinic.count(helped).await > 0);
    assert_eq!(overlaps(&clinic).await, Vec::<String>::new());
    // Every success is in the database: its step by version, and of each appointment the last word.
    let mut last: BTreeMap<i64, &Value> = BTreeMap::new();
    for Done { action, now } in &done {
        let (id, version) = (now["id"].as_i64().unwrap(), now["version"].as_i64().unwrap());
        let newest = last.entry(id).or_insert(now);
        if version > newest["version"].as_i64().unwrap() {
            *newest = now;
        }
        let step = match *action {
            "undo" => format!("version = {} AND undone_at IS NOT NULL", version - 1),
            // To where it was already.
            "move" => format!("version = {version} AND action IN ('move', 'resize')"),
            _ => format!("version = {version} AND action = '{action}'"),
        };
        let sql = format!("SELECT count(*) AS n FROM appointment_events WHERE appointment_id = {id} AND {step}");
        assert_eq!(clinic.count(&sql).await, 1, "{action} {now}");
    }
    for (id, now) in &last {
        let start = Instant::parse_rfc3339(now["starts_at"].as_str().unwrap()).unwrap();
        let sql = format!(
            "SELECT count(*) AS n FROM appointments WHERE id = {id} AND version = {} AND status = '{}' AND starts_at = {} \
             AND provider_id = {} AND patient_id = {}",
            now["version"],
            now["status"].as_str().unwrap(),
            start.0,
            now["provider_id"],
            now["patient_id"]
        );
        assert_eq!(clinic.count(&sql).await, 1, "{now}");
    }
    let steps = clinic.count("SELECT count(*) AS n FROM appointment_events").await;
    let undone = counts["undo"];
    assert_eq!(
        usize::try_from(steps).unwrap(),
        done.len() - undone,
        "what was done was answered"
    );
    let booked = clinic.count("SELECT count(*) AS n FROM appointments").await;
    assert_eq!(usize::try_from(booked).unwrap(), counts["book"]);
});
