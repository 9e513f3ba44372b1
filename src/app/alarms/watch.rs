//! Beside the scheduler, and not by it: whatever stops that must not stop this.

use std::sync::Arc;
use std::time::Duration;

use super::{Alarm, Watched, alarms, measure};
use crate::app::App;
use crate::clinic;
use crate::messaging::{Letter, forget_note, note_once};
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::mail::{Mail, Mailer, tag};
use crate::platform::outcome::Outcome;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(60);
/// Who has just started has jobs that are about to run: what they find undone is no alarm yet.
const AFTER_START: Duration = Duration::from_secs(150);
/// How long sending the email may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The same alarm is told again after so long.
const AGAIN_MS: i64 = 6 * HOUR_MS;

/// Looks every minute until the process stops, and tells by email what is new.
pub async fn watch(app: App) {
    let mut pause = AFTER_START;
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = EVERY,
        }
        if let Err(e) = look(&app, app.clock.now()).await {
            tracing::error!(error = %e, "the watch for alarms failed; it goes on");
        }
    }
}

/// One look. Of several instances one tells.
pub async fn look(app: &App, now: Instant) -> Result<()> {
    let watched = Watched::of(app);
    let found = app.db.read(move |c| alarms(c, now, &watched)).await?;
    measure(&found);
    app.seen.set(found.clone());
    let to = app.config.alarms.email_to.clone();
    for alarm in &found {
        tracing::error!(alarm.code = alarm.code, "{}", alarm.text.en);
    }
    let Some(mailer) = app.dispatcher().mail.filter(|_| !to.is_empty() && !found.is_empty()) else {
        return Ok(());
    };
    let (keys, notes) = (app.keys.clone(), found.iter().map(note_of).collect::<Vec<_>>());
    let (mail, news) = app.db.write(move |c| compose(c, now, &keys, &found, to)).await?;
    if news && !was_sent(&mailer, &mail).await {
        // The next look tries again.
        app.db
            .write(move |c| notes.iter().try_for_each(|note| forget_note(c, note)))
            .await?;
    }
    Ok(())
}

fn note_of(alarm: &Alarm) -> String {
    match alarm.about.as_str() {
        "" => format!("alarm:{}", alarm.code),
        about => format!("alarm:{}:{about}", alarm.code),
    }
}

/// The email, and whether it says anything new.
fn compose(c: &mut Conn, now: Instant, keys: &Keys, found: &[Alarm], to: String) -> Result<(Mail, bool)> {
    let site = clinic::the_site(c)?;
    let lang = site.language;
    let mut news = false;
    for alarm in found {
        news |= note_once(c, now, &note_of(alarm), AGAIN_MS)?;
    }
    let lines: Vec<&str> = found.iter().map(|a| a.text.get(lang)).collect();
    let alarm = lang.pick("消息系统报警", "alarm of the message system");
    let letter = Letter {
        lang,
        clinic: site.name_in(lang).to_owned(),
        address: String::new(),
        phone: String::new(),
        title: format!("{}: {alarm}", site.name_in(lang)),
        text: lines.join("\n\n"),
        unsubscribe: None,
    };
    let mail = Mail {
        tag: tag::make(keys, -now.0),
        thread: None,
        unsubscribe: None,
        to,
        html: letter.html(),
        subject: letter.title,
        text: letter.text,
        invitation: None,
        enclosures: Vec::new(),
        at: now,
    };
    Ok((mail, news))
}

async fn was_sent(mailer: &Arc<dyn Mailer>, mail: &Mail) -> bool {
    let outcome = mailer.send(mail, LIMIT).await;
    tracing::info!(outcome = outcome.code(), "alarm told by email");
    matches!(outcome, Outcome::Accepted { .. } | Outcome::Unknown(_))
}
