//! Signing in and out.

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
    clinic.minutes_pass(5);
    let locked = browser
        .post_form("/sign-in?lang=en", &[("login", "desk"), ("password", "chairside-demo")])
        .await;
    assert_eq!(locked.status(), 429);
    let seconds: i64 = locked.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(
        (9 * 60..=10 * 60 + 1).contains(&seconds),
        "15 minutes less 5: {seconds}"
    );
    let page = locked.text().await.unwrap();
    assert!(
        page.contains("<h1>Sign in</h1>") && page.contains(r#"name="login" type="text" value="desk""#),
        "{page}"
    );
    assert!(page.contains(r#"id="f-password-e""#) && page.contains("min"), "{page}");
    clinic.minutes_pass(11);
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

both!(
    only_the_newest_link_makes_the_first_administrator_and_only_one,
    |clinic| {
        let now = clinic.now();
        let make = || async {
            let link = clinic.sql(move |c| chairside::staff::make_first_link(c, now, "")).await;
            link.expect("a link")
        };
        let nobody = "UPDATE staff_users SET active = false WHERE role = 'administrator'";
        clinic
            .sql(move |c| Ok(diesel::connection::SimpleConnection::batch_execute(c, nobody)?))
            .await;
        let (old, link) = (make().await, make().await);
        assert_eq!(
            clinic.visitor().get(&old).await.status(),
            410,
            "a newer one took its place"
        );
        let base = &clinic;
        let tries = (0..6).map(|n| {
            let link = if n % 2 == 0 { link.clone() } else { old.clone() };
            async move {
                let login = format!("boss{n}");
                let form = [
                    ("login", login.as_str()),
                    ("name", "吴管理"),
                    ("password", "a long enough pass phrase"),
                ];
                base.visitor().post_form(&link, &form).await.status().as_u16()
            }
        });
        let statuses = crate::support::all(tries).await;
        assert_eq!(statuses.iter().filter(|s| **s == 303).count(), 1, "{statuses:?}");
        let made = "SELECT count(*) AS n FROM staff_users WHERE role = 'administrator' AND active";
        assert_eq!(clinic.count(made).await, 1);
    }
);

both!(after_signing_in_nobody_is_led_elsewhere, |clinic| {
    for (next, to) in [
        ("/patients/new", "/patients/new"),
        ("/\t/evil.example", ""),
        ("/\\evil.example", ""),
    ] {
        let form = [("login", "desk"), ("password", "chairside-demo"), ("next", next)];
        let answer = clinic.visitor().post_form("/sign-in", &form).await;
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(
            answer.status() == 303 && location.starts_with(to) && !location.contains("evil"),
            "{next:?}: {location}"
        );
    }
});
