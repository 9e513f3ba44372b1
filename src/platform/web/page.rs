//! Lists in pages: `?limit=&cursor=`. A cursor says after which row the next page begins, by the row's place in the order
//! and not by counting, so that rows added meanwhile move nothing. It is signed: what comes back is what was given.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;

use super::super::crypto::Keys;
use super::super::error::{Error, Result};

const MAC_BYTES: usize = 16;

/// How many rows an answer has: what was asked for, else `usual`.
///
/// # Errors
/// `Invalid` at `limit` beyond 1 to `most`.
pub fn limit(asked: Option<i64>, (usual, most): (i64, i64)) -> Result<i64> {
    match asked.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Error::field(
            "limit",
            "out_of_range",
            format!("limit 应在 1 到 {most} 之间"),
            format!("limit is from 1 to {most}"),
        )),
    }
}

/// A list that is read page by page: its name and what narrows it. A cursor is good for its own list only.
#[derive(Debug, Clone)]
pub struct List<'a> {
    keys: &'a Keys,
    name: String,
}

impl<'a> List<'a> {
    /// `filter`: the parameters, other than `limit` and `cursor`, that decide which rows are in it.
    pub fn new(keys: &'a Keys, name: &str, filter: &impl std::fmt::Debug) -> List<'a> {
        let name = format!("cursor/{name}/{filter:?}");
        List { keys, name }
    }

    fn cursor(&self, place: &impl Serialize) -> Result<String> {
        let place = serde_json::to_vec(place).map_err(|e| Error::Internal(e.to_string()))?;
        let mac = self.keys.sign(&self.name, &[&place]);
        let mut bytes: Vec<u8> = mac.into_iter().take(MAC_BYTES).collect();
        bytes.extend(place);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Where the page begins.
    ///
    /// # Errors
    /// `Invalid` at `cursor` when it is not one that this list gave.
    pub fn after<T: DeserializeOwned>(&self, cursor: Option<&str>) -> Result<Option<T>> {
        cursor.map(|text| self.read(text).ok_or_else(broken)).transpose()
    }

    fn read<T: DeserializeOwned>(&self, cursor: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mac, place) = bytes.split_at_checked(MAC_BYTES)?;
        let expected = self.keys.sign(&self.name, &[place]);
        let same = bool::from(mac.ct_eq(expected.get(..MAC_BYTES)?));
        same.then(|| serde_json::from_slice(place).ok()).flatten()
    }

    /// A page of rows of which one more than `limit` was read; gives the cursor of the next page if there is one.
    ///
    /// # Errors
    /// Internal, when a place is no JSON.
    pub fn cut<T, P: Serialize>(
        &self,
        rows: &mut Vec<T>,
        limit: i64,
        place: impl Fn(&T) -> P,
    ) -> Result<Option<String>> {
        let limit = usize::try_from(limit).unwrap_or(0);
        if rows.len() <= limit {
            return Ok(None);
        }
        rows.truncate(limit);
        rows.last().map(|last| self.cursor(&place(last))).transpose()
    }
}

fn broken() -> Error {
    Error::field(
        "cursor",
        "invalid",
        "cursor 无效：请使用上一页给出的值，其他参数保持不变",
        "This is no cursor of this list: take the one of the page before, and leave the other parameters as they were",
    )
}

/// A page as answer, with `Link: rel="next"` where there is a next one.
pub fn linked(req: &HttpRequest, next: Option<&str>, body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if let Some(next) = next {
        let others = form_urlencoded::parse(req.query_string().as_bytes()).filter(|(name, _)| name != "cursor");
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others).append_pair("cursor", next);
        let link = format!("<{}?{}>; rel=\"next\"", req.path(), query.finish());
        answer.insert_header((header::LINK, link));
    }
    answer.json(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let keys = Keys::from_master(&[3; 32]);
        let list = List::new(&keys, "patients", &Some(1));
        let mut rows = vec![1, 2, 3];
        let cursor = list.cut(&mut rows, 2, |n| (*n, "x")).expect("page").expect("more");
        assert_eq!(rows, [1, 2]);
        assert_eq!(list.after(Some(&cursor)).expect("ours"), Some((2, "x".to_owned())));
        assert_eq!(list.after::<i64>(None).expect("none"), None);
        for other in [
            List::new(&keys, "patients", &Some(2)),
            List::new(&keys, "messages", &Some(1)),
        ] {
            assert!(other.after::<(i64, String)>(Some(&cursor)).is_err());
        }
        assert_eq!(list.cut(&mut rows, 2, |n| *n).expect("page"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_other_text_is_refused_without_a_panic(text in ".{0,80}") {
            let keys = Keys::from_master(&[3; 32]);
            proptest::prop_assert!(List::new(&keys, "x", &()).after::<i64>(Some(&text)).is_err());
        }
    }
}
