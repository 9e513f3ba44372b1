//! Signing in, roles, lockout, the first administrator, the audit.

use crate::both;

both!(
    a_wrong_password_keeps_the_login_and_tells_in_the_readers_language,
    |clinic| {
        let browser = clinic.visitor();
        let answer = browser
            .post_form("/sign-in?lang=zh", &[("login", "desk"), ("password", "wrong")])
            .await;
        assert_eq!(answer.status(), 422);
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("登录名或密码不对") && text.contains(r#"value="desk""#),
            "{text}"
        );
        let answer = browser
            .post_form("/sign-in?lang=en", &[("login", "nobody"), ("password", "wrong")])
            .await;
        assert_eq!(answer.status(), 422);
        assert!(answer.text().await.unwrap().contains("Login or password is wrong"));
    }
);

both!(ten_failures_lock_the_account_until_the_window_has_passed, |clinic| {
    let browser = clinic.visitor();
    for _ in 0..10 {
        assert_eq!(
            browser
                .post_form("/sign-in", &[("login", "desk"), ("password", "wrong")])
                .await
                .status(),
            422
        );
    }
    let locked = browser
        .post_form("/sign-in", &[("login", "desk"), ("password", "chairside-demo")])
        .await;
    assert_eq!(locked.status(), 429);
    assert!(locked.headers().contains_key("retry-after"));
    clinic.minutes_pass(16);
    clinic.signed_in("desk").await;
});

both!(a_session_ends_when_signed_out_and_when_idle, |clinic| {
    let browser = clinic.signed_in("desk").await;
    assert_eq!(browser.post_form("/sign-out", &[]).await.status(), 303);
    assert_eq!(browser.get("/sign-out").await.status(), 405);
    let idle = clinic.signed_in("desk").await;
    clinic.minutes_pass(clinic.app.config.security.session_idle_minutes + 1);
    let answer = idle.post_form("/sign-out", &[]).await;
    assert_eq!(answer.headers()["location"], "/sign-in");
});

both!(a_form_from_another_site_is_refused, |clinic| {
    let browser = clinic.signed_in("desk").await;
    let forged = browser
        .client
        .post(format!("{}/sign-out", clinic.base))
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403);
    let old_browser = browser
        .client
        .post(format!("{}/sign-out", clinic.base))
        .header("Origin", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(old_browser.status(), 403);
});

both!(the_audit_cannot_be_changed, |clinic| {
    clinic.signed_in("desk").await;
    assert!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'sign-in'")
            .await
            >= 1
    );
    for sql in ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"] {
        let refused = clinic
            .app
            .db
            .write(move |c| {
                diesel::connection::SimpleConnection::batch_execute(c, sql)?;
                Ok(())
            })
            .await;
        assert!(refused.is_err(), "{sql}");
    }
});
