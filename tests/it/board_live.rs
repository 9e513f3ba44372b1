//! The board is live: a change reaches every other screen within a second, on every instance, and nothing waits for a screen.

use std::time::{Duration, Instant};

use chairside::appointments::{Booking, book};
use chairside::platform::clock::Instant as At;
use reqwest::Response;

use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const DAY: &str = "2026-11-24";
const BOARD: &str = "%2Fday%3Fday%3D2026-11-24";

/// An open stream of events.
struct Stream {
    answer: Response,
    text: String,
}

impl Stream {
    async fn open(browser: &Browser, query: &str, last: Option<&str>) -> Stream {
        let mut request = browser
            .client
            .get(format!("{}/events?{query}", browser.base))
            .header("Sec-Fetch-Site", "same-origin")
            .header("Accept-Encoding", "gzip");
        if let Some(id) = last {
            request = request.header("Last-Event-ID", id);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["content-encoding"], "identity", "nothing is held back");
        Stream {
            answer,
            text: String::new(),
        }
    }
    /// The next revision told; `None` when the stream ends or says nothing for so long.
    async fn next(&mut self, within: Duration) -> Option<String> {
        let deadline = Instant::now() + within;
        loop {
            if let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                self.text = rest.to_owned();
                if let Some(id) = event.lines().find_map(|l| l.strip_prefix("id: ")) {
                    assert!(event.contains(&format!("data: {id}")), "{event}");
                    return Some(id.to_owned());
                }
                continue;
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let more = tokio::time::timeout(left, self.answer.chunk()).await.ok()?;
            self.text.push_str(std::str::from_utf8(&more.ok()??).unwrap());
        }
    }
    /// Whether it ends within so long.
    async fn ends(&mut self, within: Duration) -> bool {
        let to_the_end = async { while let Ok(Some(_)) = self.answer.chunk().await {} };
        tokio::time::timeout(within, to_the_end).await.is_ok()
    }
}

/// How long nothing is waited for.
const SECOND: Duration = Duration::from_secs(1);
/// How long something is waited for, on a machine however slow; by itself a board asks again after a minute.
const SOON: Duration = Duration::from_secs(20);

/// Tomorrow at 9:00 with the sample's first provider.
async fn book_one(clinic: &Clinic, name: &str, at: &str) -> chairside::appointments::Appointment {
    let mobile = format!("139{:08}", rand::random::<u32>() % 100_000_000);
    let patient = make_patient(clinic, name, &mobile).await;
    let booking = Booking {
        patient,
        service: clinic.sample.services[0].id,
        provider: None,
        chair: None,
        starts_at: At::parse_rfc3339(&format!("{DAY}T{at}:00+08:00")).unwrap(),
        minutes: Some(30),
        note: String::new(),
        source: "desk",
        tell: false,
        hold: None,
        overbook: None,
    };
    let actor = chairside::staff::Actor::system("test");
    book(&clinic.app.db, clinic.now(), actor, booking).await.unwrap()
}

/// What a page was drawn from.
fn revision(page: &str) -> String {
    page.split("data-rev=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

both!(another_instances_booking_is_told_by_the_stream, |clinic| {
    let other = clinic.another_instance().await;
    let desk = clinic.signed_in("desk").await;
    let seen = revision(&desk.page(&format!("/day?day={DAY}")).await);
    let mut stream = Stream::open(&desk, &format!("board={BOARD}&since={seen}"), None).await;
    assert_eq!(stream.next(SECOND).await, None, "nothing has changed");
    let a = book_one(&other, "远程客", "09:00").await;
    let told = stream.next(SOON).await.expect("told by the stream");
    // What is then asked for is only what changes by itself, and it is drawn from what was told.
    let fresh = desk.page(&format!("/day/board?board={BOARD}&side=1")).await;
    assert_eq!(revision(&fresh), told);
    assert!(fresh.contains("远程客") && fresh.contains("id=\"side\"") && !fresh.contains("<html"));
    assert!(
        !desk
            .page(&format!("/day/board?board={BOARD}"))
            .await
            .contains("id=\"side\"")
    );
    // A step back is a change, too.
    let actor = chairside::staff::Actor::system("test");
    chairside::appointments::confirm(&other.app.db, other.now(), actor, a.id, a.version)
        .await
        .unwrap();
    assert!(stream.next(SOON).await.is_some_and(|now| now != told));
    // Another day's board hears nothing of it.
    let today = revision(&desk.page("/day").await);
    let mut elsewhere = Stream::open(&desk, &format!("board=%2Fday%3Fday%3D2026-11-23&since={today}"), None).await;
    book_one(&other, "又一客", "11:00").await;
    assert_eq!(elsewhere.next(SECOND).await, None);
});

both!(a_stream_catches_up_with_what_was_missed, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let seen = revision(&desk.page(&format!("/day?day={DAY}")).await);
    book_one(&clinic, "错过客", "09:30").await;
    // Drawn before it and opened after it; or cut off before it and opened again.
    let mut first = Stream::open(&desk, &format!("board={BOARD}&since={seen}"), None).await;
    let now = first.next(SOON).await.expect("told at once");
    let mut again = Stream::open(&desk, &format!("board={BOARD}&since={now}"), Some(&seen)).await;
    assert_eq!(
        again.next(SOON).await.as_ref(),
        Some(&now),
        "the browser's own mark counts"
    );
    let mut knows = Stream::open(&desk, &format!("board={BOARD}&since={now}"), None).await;
    assert_eq!(knows.next(SECOND).await, None);
    let metrics = clinic.visitor().page("/metrics").await;
    let open = metrics
        .lines()
        .find(|l| l.starts_with("chairside_live_streams "))
        .unwrap();
    assert!(open.split(' ').nth(1).unwrap().parse::<f64>().unwrap() >= 3.0, "{open}");
});

both!(of_thirteen_streams_of_an_account_the_oldest_ends, |clinic| {
    let (desk, nurse) = (clinic.signed_in("desk").await, clinic.signed_in("nurse").await);
    let query = format!("board={BOARD}");
    let mut of_other = Stream::open(&nurse, &query, None).await;
    let mut streams = Vec::new();
    for _ in 0..12 {
        streams.push(Stream::open(&desk, &query, None).await);
    }
    assert!(!streams[0].ends(SECOND).await, "so many may be open");
    streams.push(Stream::open(&desk, &query, None).await);
    assert!(streams[0].ends(SOON).await, "the oldest");
    for n in [1, 12] {
        assert!(!streams[n].ends(SECOND).await, "{n}");
    }
    assert!(!of_other.ends(SECOND).await, "nobody else's");
});

both!(a_stream_ends_with_its_session_and_stops_with_the_server, |clinic| {
    let (leaves, stays) = (clinic.signed_in("desk").await, clinic.signed_in("nurse").await);
    let query = format!("board={BOARD}");
    let mut of_leaver = Stream::open(&leaves, &query, None).await;
    let mut of_other = Stream::open(&stays, &query, None).await;
    assert_eq!(leaves.post_form("/sign-out", &[]).await.status(), 303);
    assert!(of_leaver.ends(SOON).await, "at once");
    assert!(!of_other.ends(SECOND).await, "nobody else's");
    assert_eq!(clinic.visitor().get(&format!("/events?{query}")).await.status(), 303);
    assert_eq!(stays.get("/events?board=%2Fpatients").await.status(), 404);
    clinic.app.stop.cancel();
    assert!(of_other.ends(SOON).await, "a stop does not wait for screens");
});

both!(a_graceful_stop_is_not_held_up_by_open_streams, |clinic| {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let server = clinic.app.server(socket).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let desk = Browser {
        base,
        ..clinic.signed_in("desk").await
    };
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Stream::open(&desk, &format!("board={BOARD}"), None).await);
    }
    let began = Instant::now();
    clinic.app.stop.cancel();
    handle.stop(true).await;
    let patience = Duration::from_secs(clinic.app.config.server.shutdown_seconds);
    assert!(began.elapsed() < patience, "{:?}", began.elapsed());
});

both!(a_board_that_asks_by_itself_keeps_nobody_signed_in, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let idle = clinic.app.config.security.session_idle_minutes;
    let mut by_itself = 0;
    for _ in 0..idle + 2 {
        clinic.minutes_pass(1);
        let url = format!("{}/day/board?board={BOARD}", desk.base);
        let answer = desk.client.get(url).header("X-By-Itself", "1").send().await.unwrap();
        by_itself = answer.status().as_u16();
        if by_itself != 200 {
            break;
        }
    }
    assert_eq!(by_itself, 303, "signed out after {idle} minutes without anybody");
});

both!(a_stale_move_says_who_and_when_and_shows_the_true_place, |clinic| {
    let a = book_one(&clinic, "抢改客", "09:00").await;
    let (one, two) = (clinic.signed_in("desk").await, clinic.signed_in("desk2").await);
    let (path, version) = (format!("/appointments/{}/move", a.id), a.version.to_string());
    let provider = a.provider_id.to_string();
    let moving = |at: &'static str| {
        [
            ("version", version.clone()),
            ("day", DAY.to_owned()),
            ("at", at.to_owned()),
            ("provider", provider.clone()),
        ]
    };
    let (first, second) = (moving("10:00"), moving("11:00"));
    let form = |values: &[(&'static str, String)]| -> Vec<(&'static str, String)> { values.to_vec() };
    let send = |browser: &Browser, values: Vec<(&'static str, String)>| {
        browser
            .client
            .post(format!("{}{path}", browser.base))
            .header("Sec-Fetch-Site", "same-origin")
            .form(&values)
            .send()
    };
    assert_eq!(send(&one, form(&first)).await.unwrap().status(), 303);
    let answer = send(&two, form(&second)).await.unwrap();
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    let who = clinic
        .sql(move |c| chairside::staff::find_user_by_login(c, "desk"))
        .await
        .unwrap()
        .name;
    assert!(page.contains(&format!("此预约已改期（{who}，10:42）")), "{page}");
    // Ten o'clock, chosen: where the card is now.
    let card = page
        .split(&format!("id=\"a{}\"", a.id))
        .next()
        .unwrap()
        .rsplit("<a ")
        .next()
        .unwrap()
        .to_owned();
    assert!(card.contains(" sel"), "{card}");
    let after = page.split(&format!("id=\"a{}\"", a.id)).nth(1).unwrap();
    assert!(after.split("</a>").next().unwrap().contains("10:00"));
});

// Not only visits: the queue, the clinic's hours, who a patient is, and what got free.
both!(whatever_else_a_board_shows_is_told_too, |clinic| {
    use chairside::staff::Role;
    use serde_json::json;
    let api = clinic.api(Role::FrontDesk).await;
    let (desk, admin) = (clinic.signed_in("desk").await, clinic.signed_in("admin").await);
    let a = book_one(&clinic, "过敏客", "09:00").await;
    let gone = book_one(&clinic, "取消客", "14:00").await;
    let cancel = json!({ "version": gone.version, "reason": "出差" });
    let path = format!("/api/v1/appointments/{}/cancel", gone.id);
    assert_eq!(api.post_json(&path, &cancel).await.0, 200);
    let slot = clinic.count("SELECT max(id) AS n FROM freed_slots").await;
    let seen = revision(&desk.page(&format!("/day?day={DAY}")).await);
    let mut stream = Stream::open(&desk, &format!("board={BOARD}&since={seen}"), None).await;
    assert_eq!(stream.next(SECOND).await, None, "nothing has changed");
    let patient = format!("/api/v1/patients/{}", a.patient_id);
    let version = api.get_json(&patient).await.1["version"].clone();
    let change = json!({ "version": version, "vip": true, "allergies": "青霉素" });
    let (status, answer) = api.patch_json(&patient, &change).await;
    assert_eq!(status, 200, "{answer}");
    let told = stream.next(SOON).await.expect("another record");
    let fresh = desk.page(&format!("/day/board?board={BOARD}")).await;
    assert_eq!(revision(&fresh), told);
    assert!(
        fresh.contains("青霉素") && fresh.contains("data-freed=\"1\""),
        "{fresh}"
    );
    let leave = [
        ("leave_from", "2026-11-24T16:00"),
        ("leave_to", "2026-11-24T17:00"),
        ("leave_reason", "牙会"),
    ];
    let provider = clinic.sample.providers[3].id;
    let path = format!("/settings/providers/{provider}/leave");
    assert_eq!(admin.post_form(&path, &leave).await.status(), 303);
    stream.next(SOON).await.expect("a leave");
    let dismiss = format!("/waiting-list/fill/{slot}/dismiss");
    assert_eq!(desk.post_form(&dismiss, &[]).await.status(), 303);
    stream.next(SOON).await.expect("what got free");
    // Who comes without an appointment is on today's board.
    let seen = revision(&desk.page("/day").await);
    let mut today = Stream::open(&desk, &format!("board=%2Fday&since={seen}"), None).await;
    assert_eq!(today.next(SECOND).await, None);
    let who = make_patient(&clinic, "牙疼客", "13912345678").await;
    let body = json!({ "patient_id": who, "service_id": clinic.sample.services[0].id, "urgency": "soon" });
    assert_eq!(api.post_json("/api/v1/walk-ins", &body).await.0, 201);
    today.next(SOON).await.expect("a walk-in");
    assert_eq!(stream.next(SECOND).await, None, "not on tomorrow's");
});
