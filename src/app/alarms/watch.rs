//! Beside the scheduler, and not by it: whatever stops that must not stop this.

use std::sync::Arc;
use std::time::Duration;

use super::{Alarm, alarms, measure};
use crate::app::App;
use crate::clinic;
use crate::messaging::note_once;
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::mail::{Mail, Mailer};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(60);
/// How long sending the email may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The same alarm is told again after so long.
const AGAIN_MS: i64 = 6 * HOUR_MS;

/// Looks every minute until the process stops, and tells by email what is new.
pub async fn watch(app: App) {
    while !app.stop.is_cancelled() {
        if let Err(e) = look(&app, app.clock.now()).await {
            tracing::error!(error = %e, "the watch for alarms failed; it goes on");
        }
        tokio::select! {
            () = app.stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One look. Of several instances one tells.
pub async fn look(app: &App, now: Instant) -> Result<()> {
    let found = app.db.read(move |c| alarms(c, now)).await?;
    measure(&found);
    let to = app.config.alarms.email_to.clone();
    for alarm in &found {
        tracing::error!(alarm.code = alarm.code, "{}", alarm.text.en);
    }
    let Some(mailer) = app.dispatcher().mail.filter(|_| !to.is_empty() && !found.is_empty()) else {
        return Ok(());
    };
    let (mail, news) = app.db.write(move |c| compose(c, now, &found, to)).await?;
    if news {
        send(&mailer, &mail).await;
    }
    Ok(())
}

/// The email, and whether it says anything new.
fn compose(c: &mut Conn, now: Instant, found: &[Alarm], to: String) -> Result<(Mail, bool)> {
    let site = clinic::the_site(c)?;
    let lang = site.language;
    let mut news = false;
    for alarm in found {
        news |= note_once(c, now, &format!("alarm:{}", alarm.code), AGAIN_MS)?;
    }
    let lines: Vec<&str> = found.iter().map(|a| a.text.get(lang)).collect();
    let text = lines.join("\n\n");
    let subject = format!(
        "{}: {}",
        site.name_in(lang),
        lang.pick("消息系统报警", "alarm of the message system")
    );
    let mail = Mail {
        id: -now.0,
        to,
        html: crate::messaging::letter(lang, site.name_in(lang), &subject, &text),
        subject,
        text,
        invitation: None,
        at: now,
    };
    Ok((mail, news))
}

async fn send(mailer: &Arc<dyn Mailer>, mail: &Mail) {
    let outcome = mailer.send(mail, LIMIT).await;
    tracing::info!(outcome = outcome.code(), "alarm told by email");
}
