//! Whose time is taken twice: by the tables alone, with no code of the product's.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::support::Clinic;

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    patient_id: i64,
    #[diesel(sql_type = BigInt)]
    chair_id: i64,
    #[diesel(sql_type = BigInt)]
    provider_id: i64,
    #[diesel(sql_type = Text)]
    provider_parts: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    second_id: Option<i64>,
    #[diesel(sql_type = Text)]
    second_parts: String,
    #[diesel(sql_type = BigInt)]
    starts_at: i64,
    #[diesel(sql_type = BigInt)]
    ends_at: i64,
    #[diesel(sql_type = BigInt)]
    busy_from: i64,
    #[diesel(sql_type = BigInt)]
    busy_until: i64,
}

/// Something that nobody else may have, from and until.
type Taken = (&'static str, i64, i64, i64);

/// Parts as they are stored, in minutes from the start: `0-15,30-45`.
fn parts(text: &str, starts_at: i64) -> Vec<(i64, i64)> {
    let minute = |n: &str| starts_at + n.trim().parse::<i64>().unwrap() * 60_000;
    let part = |p: &str| {
        p.split_once('-')
            .map(|(from, until)| (minute(from), minute(until)))
            .unwrap()
    };
    text.split(',').filter(|p| !p.is_empty()).map(part).collect()
}

impl Row {
    fn takes(&self) -> Vec<Taken> {
        let mut all = vec![
            ("patient", self.patient_id, self.starts_at, self.ends_at),
            ("chair", self.chair_id, self.busy_from, self.busy_until),
        ];
        let mut with = |who: i64, text: &str| match parts(text, self.starts_at).as_slice() {
            [] => all.push(("provider", who, self.busy_from, self.busy_until)),
            list => all.extend(list.iter().map(|(from, until)| ("provider", who, *from, *until))),
        };
        with(self.provider_id, &self.provider_parts);
        if let Some(second) = self.second_id {
            with(second, &self.second_parts);
        }
        all
    }
}

/// Pairs of visits that take the same person's or chair's time, and of a visit and a time that is held for somebody else.
pub async fn overlaps(clinic: &Clinic) -> Vec<String> {
    let now = clinic.now().0;
    let visits = "SELECT id, patient_id, chair_id, provider_id, provider_parts, second_id, second_parts, starts_at, ends_at, \
                  busy_from, busy_until FROM appointments WHERE status NOT IN ('no-show', 'cancelled')";
    let held = format!(
        "SELECT -h.id AS id, -h.id AS patient_id, h.chair_id, h.provider_id, coalesce(r.provider_parts, '') AS provider_parts, \
         h.second_id, h.second_parts, h.starts_at, h.busy_until AS ends_at, h.busy_from, h.busy_until \
         FROM holds h LEFT JOIN booking_rules r ON r.service_id = h.service_id WHERE h.expires_at > {now}"
    );
    let rows: Vec<Row> = clinic
        .sql(move |c| {
            let mut rows: Vec<Row> = diesel::sql_query(visits).load(c)?;
            rows.extend(diesel::sql_query(held).load::<Row>(c)?);
            Ok(rows)
        })
        .await;
    let taken: Vec<(i64, Taken)> = rows
        .iter()
        .flat_map(|r| r.takes().into_iter().map(|t| (r.id, t)))
        .collect();
    let mut twice = Vec::new();
    for (i, (id, a)) in taken.iter().enumerate() {
        for (other, b) in &taken[i + 1..] {
            if id != other && (a.0, a.1) == (b.0, b.1) && a.2 < b.3 && b.2 < a.3 {
                twice.push(format!("{} {}: {id} and {other}", a.0, a.1));
            }
        }
    }
    twice
}
