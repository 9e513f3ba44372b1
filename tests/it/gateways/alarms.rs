//! An alarm by email.

use chairside::messaging::Purpose;
use chairside::platform::clock::DAY_MS;

use super::mail::{log, mail_clinic, smtp};
use super::run;
use crate::messaging::{ZHANG, note, patient, put};

#[test]
fn an_alarm_is_told_by_email_once_in_six_hours() {
    run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| c.alarms.email_to = "it@clinic.example".into()).await;
        let told = || log(&server, "message").len();
        clinic.app.look_for_alarms().await.unwrap();
        assert_eq!(told(), 0);
        // A text that nothing sends.
        let zhang = patient(&clinic, ZHANG).await;
        let mut message = note(&clinic, "a", zhang);
        message.purpose = Purpose::Reminder;
        message.expires_at = clinic.now() + DAY_MS;
        put(&clinic, message).await;
        clinic.minutes_pass(21);
        for _ in 0..3 {
            clinic.app.look_for_alarms().await.unwrap();
        }
        assert_eq!(told(), 1);
        let message = log(&server, "message").remove(0);
        assert_eq!(message["to"][0], "it@clinic.example");
        clinic.minutes_pass(6 * 60);
        clinic.app.look_for_alarms().await.unwrap();
        assert_eq!(told(), 2);
    });
}
