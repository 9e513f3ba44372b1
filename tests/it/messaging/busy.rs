//! Gateways that take nothing for now, or not this message: nothing is lost, no tries are burnt, and the next gateway has it.

use std::sync::Arc;

use chairside::messaging::{Dispatcher, MessageId, MessageState, NewMessage};
use chairside::platform::outcome::Outcome;
use diesel::prelude::*;

use super::{Scripted, ZHANG, get, note, over, patient, put, stands};
use crate::both;
use crate::support::Clinic;

fn busy(retry_after: Option<i64>) -> Outcome {
    Outcome::Busy {
        retry_after,
        text: "503 overloaded".into(),
    }
}

/// One after the other.
fn in_turn(clinic: &Clinic, gateways: &[Arc<Scripted>]) -> Dispatcher {
    let mut config = clinic.app.config.clone();
    config.dispatch.concurrency = 1;
    Dispatcher {
        config: Arc::new(config),
        sms: gateways.iter().map(|g| g.clone() as _).collect(),
        ..over(clinic, &gateways[0])
    }
}

/// A round, and one for what it has put back.
async fn rounds(dispatcher: &Dispatcher) {
    for _ in 0..2 {
        dispatcher.dispatch().await.unwrap();
    }
}

/// By which gateways a message was tried, and how each try ended.
async fn tries(clinic: &Clinic, id: MessageId) -> Vec<String> {
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::message_attempts as a;
            let rows = a::table.filter(a::message_id.eq(id)).order(a::number);
            let rows: Vec<(String, Option<String>)> = rows.select((a::gateway, a::outcome)).load(c)?;
            Ok(rows
                .into_iter()
                .map(|(g, o)| format!("{g} {}", o.unwrap_or_default()))
                .collect())
        })
        .await
}

both!(an_hour_of_503_burns_no_tries_and_drains_by_urgency, |clinic| {
    let gateway = Scripted::new(std::iter::repeat_with(|| busy(None)).take(1000));
    let dispatcher = in_turn(&clinic, std::slice::from_ref(&gateway));
    let zhang = patient(&clinic, ZHANG).await;
    let mut ids = Vec::new();
    for (n, priority) in [8, 3, 5, 8, 3].into_iter().enumerate() {
        let text = NewMessage {
            priority,
            ..note(&clinic, &format!("n{n}"), zhang)
        };
        ids.push((priority, put(&clinic, text).await));
    }
    for _ in 0..60 {
        dispatcher.dispatch_once().await.unwrap();
        clinic.minutes_pass(1);
    }
    // A try now and then, and not one for each message each time.
    assert!((10..30).contains(&gateway.count()), "{}", gateway.count());
    for (_, id) in &ids {
        let m = get(&clinic, *id).await;
        assert_eq!((m.state, m.attempts), (MessageState::Queued, 0));
    }
    gateway.outcomes.lock().unwrap().clear();
    clinic.minutes_pass(5);
    dispatcher.dispatch().await.unwrap();
    let sent = clinic
        .sql(|c| {
            use chairside::platform::db::schema::{message_attempts as a, messages as m};
            let taken = a::table.inner_join(m::table).filter(a::outcome.eq("accepted"));
            Ok(taken.order(a::id).select(m::priority).load::<i32>(c)?)
        })
        .await;
    assert_eq!(sent, [3, 3, 5, 8, 8]);
});

both!(how_long_a_gateway_asks_to_wait_holds_for_all, |clinic| {
    let gateway = Scripted::new([busy(Some(900))]);
    let dispatcher = in_turn(&clinic, std::slice::from_ref(&gateway));
    let zhang = patient(&clinic, ZHANG).await;
    for n in 0..10 {
        put(&clinic, note(&clinic, &format!("n{n}"), zhang)).await;
    }
    dispatcher.dispatch().await.unwrap();
    clinic.minutes_pass(14);
    dispatcher.dispatch().await.unwrap();
    assert_eq!(gateway.count(), 1, "one was tried; the others wait, too");
    clinic.minutes_pass(2);
    dispatcher.dispatch().await.unwrap();
    assert_eq!(gateway.count(), 11);
});

both!(a_busy_gateway_leaves_its_texts_to_the_next, |clinic| {
    let main = Scripted::named("main", std::iter::repeat_with(|| busy(None)).take(100));
    let spare = Scripted::named("spare", []);
    let dispatcher = in_turn(&clinic, &[main.clone(), spare.clone()]);
    let zhang = patient(&clinic, ZHANG).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(put(&clinic, note(&clinic, &format!("n{n}"), zhang)).await);
    }
    rounds(&dispatcher).await;
    assert_eq!((main.count(), spare.count()), (1, 5));
    assert_eq!(tries(&clinic, ids[0]).await, ["main busy", "spare accepted"]);
});

both!(what_one_gateway_does_not_take_now_the_next_may, |clinic| {
    let later = || Outcome::Passing {
        retry_after: Some(900),
        text: "not to this number now".into(),
    };
    let (main, spare) = (Scripted::named("main", [later()]), Scripted::named("spare", [later()]));
    let dispatcher = in_turn(&clinic, &[main.clone(), spare.clone()]);
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    rounds(&dispatcher).await;
    // Both have said so: then it waits as it was told to.
    assert_eq!(tries(&clinic, id).await, ["main passing", "spare passing"]);
    assert_eq!(get(&clinic, id).await.next_try_at, clinic.now().plus_minutes(15));
    clinic.minutes_pass(15);
    rounds(&dispatcher).await;
    assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
    // It was about one message: others go by the first.
    put(&clinic, note(&clinic, "b", zhang)).await;
    rounds(&dispatcher).await;
    assert_eq!((main.count(), spare.count()), (3, 1));
});

both!(what_a_gateway_may_not_send_goes_by_another_or_fails, |clinic| {
    let barred = || Outcome::Elsewhere {
        code: "21408".into(),
        text: "no permission for this country".into(),
    };
    let zhang = patient(&clinic, ZHANG).await;
    let (main, spare) = (Scripted::named("main", [barred()]), Scripted::named("spare", []));
    let first = put(&clinic, note(&clinic, "a", zhang)).await;
    rounds(&in_turn(&clinic, &[main, spare])).await;
    assert_eq!(tries(&clinic, first).await, ["main elsewhere", "spare accepted"]);
    let (main, spare) = (
        Scripted::named("main", [barred()]),
        Scripted::named("spare", [barred()]),
    );
    let second = put(&clinic, note(&clinic, "b", zhang)).await;
    rounds(&in_turn(&clinic, &[main.clone(), spare.clone()])).await;
    assert_eq!((main.count(), spare.count()), (1, 1));
    let (state, reason) = stands(&clinic, second).await;
    assert_eq!((state, reason.as_str()), (MessageState::Failed, "refused"));
});
