//! What was left behind by a clock that was ahead: nobody waits until that time comes.

use chairside::messaging::MessageState;
use chairside::platform::clock::DAY_MS;
use chairside::platform::outcome::Outcome;
use diesel::prelude::*;

use super::{Scripted, ZHANG, note, over, patient, put, stands};
use crate::both;

both!(
    claims_and_pauses_of_a_clock_that_was_ahead_are_over_when_it_is_put_right,
    |clinic| {
        let zhang = patient(&clinic, ZHANG).await;
        let right = clinic.now();
        let (claimed, sending) = (
            put(&clinic, note(&clinic, "a", zhang)).await,
            put(&clinic, note(&clinic, "b", zhang)).await,
        );
        clinic.app.clock.advance(30 * DAY_MS);
        // A dispatcher died then, with one message claimed and one in the gateway's hands.
        let lease_until = clinic.now().plus_minutes(1);
        clinic
            .sql(move |c| {
                use chairside::platform::db::schema::{message_attempts as a, messages as m};
                for (id, state) in [(claimed, "claimed"), (sending, "sending")] {
                    diesel::update(m::table.find(id))
                        .set((m::state.eq(state), m::lease.eq("dead"), m::lease_until.eq(lease_until)))
                        .execute(c)?;
                }
                diesel::insert_into(a::table)
                    .values((
                        a::message_id.eq(sending),
                        a::number.eq(1),
                        a::gateway.eq("capture"),
                        a::started_at.eq(right),
                    ))
                    .execute(c)?;
                Ok(())
            })
            .await;
        // And the gateway was paused.
        let long = chairside::messaging::NewMessage {
            expires_at: clinic.now().plus_minutes(60),
            ..note(&clinic, "c", zhang)
        };
        put(&clinic, long).await;
        let gateway = Scripted::new([Outcome::Config("403".into())]);
        over(&clinic, &gateway).dispatch().await.unwrap();
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM installation WHERE name LIKE 'pause:%'")
                .await,
            1
        );
        clinic.app.clock.set(right);
        over(&clinic, &gateway).dispatch().await.unwrap();
        assert_eq!(stands(&clinic, claimed).await, (MessageState::Accepted, String::new()));
        assert_eq!(
            stands(&clinic, sending).await,
            (MessageState::Uncertain, "crashed".into())
        );
    }
);
