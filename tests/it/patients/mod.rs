//! Registering, finding, changing patients; duplicates; sealed national IDs; the API.

mod api;
mod form;
mod identity;
mod referrals;

use reqwest::Response;
use serde_json::Value;

use crate::support::Browser;

/// A number that is right: 1990-01-01, male (GB 11643).
const ID_MALE_1990: &str = "110101199001011210";

async fn text_of(answer: Response, status: u16) -> String {
    let got = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

async fn register(api: &Browser, body: Value) -> i64 {
    let (status, answer) = api.post_json("/api/v1/patients", &body).await;
    assert_eq!(status, 201, "{answer}");
    answer["id"].as_i64().unwrap()
}
