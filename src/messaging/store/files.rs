//! What went with an email, as sent.

use diesel::prelude::*;

use super::super::model::{Message, MessageId};
use crate::platform::db::Conn;
use crate::platform::db::schema::message_files as files;
use crate::platform::error::Result;
use crate::platform::mail::Enclosure;

/// Bytes, as they are stored.
pub fn size_of(content: &[u8]) -> i32 {
    i32::try_from(content.len()).unwrap_or(i32::MAX)
}

/// Keeps which files go with this try, in the place of those of an earlier one.
pub fn put_files(c: &mut Conn, m: &Message, enclosures: &[Enclosure]) -> Result<()> {
    let id = m.id;
    if m.attempts > 0 {
        diesel::delete(files::table.filter(files::message_id.eq(id))).execute(c)?;
    }
    for (position, file) in (0..).zip(enclosures) {
        diesel::insert_into(files::table)
            .values((
                files::message_id.eq(id),
                files::position.eq(position),
                files::name.eq(&file.name),
                files::size.eq(size_of(&file.content)),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// The files that went with a message: name and bytes.
pub fn files_of(c: &mut Conn, id: MessageId) -> Result<Vec<(String, i32)>> {
    Ok(files::table
        .filter(files::message_id.eq(id))
        .order(files::position)
        .select((files::name, files::size))
        .load(c)?)
}
