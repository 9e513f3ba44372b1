//! A form with files (RFC 7578).

use std::future::Future;
use std::pin::Pin;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::super::error::{Error, Result};
use super::super::i18n::Text;
use super::form::{Input, kept};

/// Bytes of all fields that are no files together.
const TEXT_MAX: usize = 256 * 1024;
/// Most fields.
const FIELDS_MAX: usize = 200;

/// What was typed, and the files that were chosen. A field without a file is left out.
#[derive(Debug, Default)]
pub struct Upload {
    /// The fields that are no files.
    pub input: Input,
    /// The files.
    pub files: Vec<Sent>,
}

/// A file as it came in.
#[derive(Debug)]
pub struct Sent {
    /// The field.
    pub field: String,
    /// What they call it.
    pub name: String,
    /// Its bytes; none: more than are taken. What else was in the form is there all the same.
    pub content: Option<Vec<u8>>,
}

/// The fields of a form in which a file may be chosen.
struct FileFields(&'static [&'static str]);

impl Upload {
    /// A resource whose form has these fields for files, and no others.
    pub fn on(resource: actix_web::Resource, fields: &'static [&'static str]) -> actix_web::Resource {
        resource.app_data(FileFields(fields))
    }
}

/// How many bytes of a file are taken.
pub fn file_max(req: &HttpRequest) -> usize {
    super::config(req).map_or(0, |c| c.documents.max_bytes())
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Upload>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (form, max) = (Multipart::from_request(req, payload), file_max(req));
        let (req, known) = (
            req.clone(),
            req.app_data::<FileFields>().map_or(&[] as &[&str], |f| f.0),
        );
        Box::pin(async move {
            let form = form.await.map_err(|_none| unreadable())?;
            let (pairs, files) = read(form, known, max).await?;
            let chosen = files.iter().map(|f| f.field.clone()).collect();
            let input = kept(&req, pairs, Some(chosen))?;
            Ok(Upload { input, files })
        })
    }
}

/// What was typed, and the files in the fields `known`. One in another field is not even read.
async fn read(mut form: Multipart, known: &[&str], max: usize) -> Result<(Vec<(String, String)>, Vec<Sent>)> {
    let (mut pairs, mut files, mut typed) = (Vec::new(), Vec::new(), 0);
    // What is too large is read to its end, so that the form can be shown again with the fault at the file; to a point.
    let mut left = max.saturating_mul(4);
    while let Some(field) = form.next().await {
        let mut field = field.map_err(|_broken_off| unreadable())?;
        if pairs.len() + files.len() >= FIELDS_MAX {
            return Err(Error::TooLarge);
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field
            .content_disposition()
            .and_then(|d| d.get_filename().map(str::to_owned));
        match file {
            Some(_) if !known.contains(&name.as_str()) => return Err(unreadable()),
            Some(file) => {
                let content = take(&mut field, max, &mut left).await?;
                if content.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
                    files.push(Sent {
                        field: name,
                        name: file,
                        content,
                    });
                }
            }
            None => {
                let bytes = take(&mut field, TEXT_MAX - typed, &mut left)
                    .await?
                    .ok_or(Error::TooLarge)?;
                typed += bytes.len();
                let text = String::from_utf8(bytes).map_err(|_other_encoding| unreadable())?;
                pairs.push((name, text));
            }
        }
    }
    Ok((pairs, files))
}

/// The bytes of a field; none when there are more than `max`. `left`: how many are read at all.
async fn take(field: &mut Field, max: usize, left: &mut usize) -> Result<Option<Vec<u8>>> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|_broken_off| unreadable())?;
        *left = left.checked_sub(chunk.len()).ok_or(Error::TooLarge)?;
        bytes = bytes.filter(|b| b.len() + chunk.len() <= max);
        if let Some(bytes) = &mut bytes {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}

fn unreadable() -> Error {
    Error::BadRequest(Text::new("表单无法读取", "The form cannot be read"))
}
