//! What patients of the sample clinic wrote lately, and a call that nobody took.

use crate::messaging::Carrier;
use crate::messaging::inbox::{Incoming, TextKind, missed_call, receive};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::replies::Answers;
use crate::staff::Actor;

/// The n-th patient, how many minutes ago, what they wrote.
const TEXTS: [(usize, i64, &str); 4] = [
    (58, 74, "您好，请问洗牙可以刷医保卡吗？"),
    (147, 41, "请给我回电话"),
    (147, 38, "下午三点以后方便"),
    (233, 9, "我妈妈明天可以和我一起来检查吗"),
];
/// The n-th patient, and how many minutes ago they called in vain.
const CALLED: (usize, i64) = (96, 22);

/// Fills the inbox.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant) -> Result<()> {
    let people = patients::list_patients(c, None, i64::from(i16::MAX))?;
    let number = |nth: usize| people.get(nth).and_then(|p| p.phone.clone());
    let gateway = Actor::system("demo");
    for (nth, ago, body) in TEXTS {
        let Some(phone) = number(nth) else {
            continue;
        };
        let text = Incoming {
            channel: Carrier::Sms,
            address: &phone,
            gateway: "demo",
            gateway_id: "",
            kind: TextKind::Text,
            body,
        };
        receive(c, now.plus_minutes(-ago), &gateway, &text, None, &Answers)?;
    }
    if let Some(phone) = number(CALLED.0) {
        missed_call(c, now.plus_minutes(-CALLED.1), &gateway, &phone)?;
    }
    Ok(())
}
