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

both!(the_audit_cannot_be_changed, |clinic| {
    clinic.signed_in("desk").await;
    assert!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'sign-in'")
            .await
            >= 1
    );
    let mut attempts = vec!["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"];
    if clinic.engine == crate::support::Engine::Sqlite {
        attempts.push(
            "INSERT OR REPLACE INTO audit_log (id, at, actor, action, subject, ip, request_id, detail) \
             VALUES ((SELECT min(id) FROM audit_log), 0, 'x', 'x', 'x', '', '', '')",
        );
        attempts.push("REPLACE INTO audit_log SELECT * FROM audit_log");
    }
    for sql in attempts {
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
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE actor = 'x'")
            .await,
        0
    );
    let before = clinic.count("SELECT count(*) AS n FROM audit_log").await;
    clinic.signed_in("desk").await;
    assert!(
        clinic.count("SELECT count(*) AS n FROM audit_log").await > before,
        "adding goes on"
    );
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

/// The one-time link on an invitation page, as a path.
fn link_in(page: &str, base: &str) -> String {
    let at = page.find("/welcome/").expect("a link");
    let path: String = page[at..].chars().take_while(|c| *c != '"').collect();
    assert!(page.contains(&format!(r#"value="{base}{path}""#)), "{page}");
    path
}

both!(an_account_is_added_invited_and_used, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let fields = [("name", "孙丽"), ("login", "Sun.Li"), ("role", "nurse")];
    let answer = admin.post_form("/settings/staff/new?lang=en", &fields).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let first = link_in(&answer.text().await.unwrap(), &clinic.base);
    assert!(!admin.page("/settings/staff").await.contains("/welcome/"));

    let id = clinic
        .count("SELECT id AS n FROM staff_users WHERE login = 'sun.li'")
        .await;
    let answer = admin.post_form(&format!("/settings/staff/{id}/invite"), &[]).await;
    let second = link_in(&answer.text().await.unwrap(), &clinic.base);
    let theirs = clinic.visitor();
    assert_eq!(theirs.get(&first).await.status(), 410, "only the newest link opens");
    assert!(theirs.page(&second).await.contains("sun.li"));
    let weak = theirs.post_form(&second, &[("password", "short")]).await;
    assert_eq!(weak.status(), 422);
    assert_eq!(
        theirs
            .post_form(&second, &[("password", "correct horse battery")])
            .await
            .status(),
        303
    );
    assert_eq!(theirs.get(&second).await.status(), 410, "it opens once");
    assert_eq!(theirs.get("/api/v1/site").await.status(), 200, "signed in at once");

    // A new invitation resets the password and ends the sessions.
    let answer = admin.post_form(&format!("/settings/staff/{id}/invite"), &[]).await;
    let reset = link_in(&answer.text().await.unwrap(), &clinic.base);
    let other = clinic.visitor();
    assert_eq!(
        other
            .post_form(&reset, &[("password", "battery horse correct")])
            .await
            .status(),
        303
    );
    assert_eq!(theirs.get("/api/v1/site").await.status(), 401);
    let stored = clinic
        .count("SELECT count(*) AS n FROM one_time_links WHERE used_at IS NULL")
        .await;
    assert_eq!(stored, 0);
});

both!(a_link_is_over_after_three_days, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.users[1];
    let answer = admin.post_form(&format!("/settings/staff/{id}/invite"), &[]).await;
    let link = link_in(&answer.text().await.unwrap(), &clinic.base);
    clinic.minutes_pass(3 * 24 * 60 - 1);
    assert_eq!(clinic.visitor().get(&link).await.status(), 200);
    clinic.minutes_pass(2);
    let answer = clinic.visitor().get(&format!("{link}?lang=zh")).await;
    assert_eq!(answer.status(), 410);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("<h1>此链接已过期</h1>") && page.contains("吴管理") && page.contains("知齿口腔"),
        "{page}"
    );
});

both!(a_used_link_says_so_and_whom_to_ask, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.users[1];
    let answer = admin.post_form(&format!("/settings/staff/{id}/invite"), &[]).await;
    let link = link_in(&answer.text().await.unwrap(), &clinic.base);
    let theirs = clinic.visitor();
    let used = theirs.post_form(&link, &[("password", "correct horse battery")]).await;
    assert_eq!(used.status(), 303);
    for answer in [
        theirs.get(&format!("{link}?lang=zh")).await,
        theirs
            .post_form(&format!("{link}?lang=zh"), &[("password", "correct horse battery")])
            .await,
    ] {
        assert_eq!(answer.status(), 410);
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("<h1>此链接已用过</h1>") && page.contains("吴管理") && page.contains("/sign-in"),
            "{page}"
        );
    }
    let nothing = theirs.get("/welcome/nonsense?lang=en").await;
    assert_eq!(nothing.status(), 404);
    let page = nothing.text().await.unwrap();
    assert!(
        page.contains("This link does not open") && !page.contains("吴管理"),
        "{page}"
    );
});

both!(a_refused_password_says_which_rule_it_breaks, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.users[1];
    let answer = admin.post_form(&format!("/settings/staff/{id}/invite"), &[]).await;
    let link = link_in(&answer.text().await.unwrap(), &clinic.base);
    for (password, why) in [
        ("short", "this one has 5"),
        ("abcabcabcabcabc", "over and over"),
        ("知齿口腔的前台密码很长很长", "知齿口腔"),
        ("my password is long", "most common ones"),
    ] {
        let answer = clinic
            .visitor()
            .post_form(&format!("{link}?lang=en"), &[("password", password)])
            .await;
        assert_eq!(answer.status(), 422, "{password}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(why) && page.contains(r#"id="f-password-e""#), "{page}");
    }
});

both!(wrong_accounts_are_marked_at_the_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    for (field, fields, message) in [
        (
            "login",
            [("name", "孙丽"), ("login", "desk"), ("role", "nurse")],
            "This login is taken",
        ),
        (
            "login",
            [("name", "孙丽"), ("login", "sun li"), ("role", "nurse")],
            "A login has",
        ),
        (
            "name",
            [("name", " "), ("login", "sunli"), ("role", "nurse")],
            "This is required",
        ),
        (
            "role",
            [("name", "孙丽"), ("login", "sunli"), ("role", "king")],
            "cannot be read",
        ),
    ] {
        let answer = admin.post_form("/settings/staff/new?lang=en", &fields).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(message) && page.contains(&format!(r#"id="f-{field}-e""#)),
            "{page}"
        );
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM staff_users").await, 6);
});

both!(a_role_changes_at_once_and_the_last_administrator_stays, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let desk = clinic.signed_in("desk").await;
    let (boss, clerk) = (clinic.sample.users[0], clinic.sample.users[1]);
    let off = [("name", "吴管理"), ("role", "administrator")];
    let refused = admin.post_form(&format!("/settings/staff/{boss}?lang=en"), &off).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.unwrap().contains("There must be an administrator"));

    let same = [("name", "钱晓"), ("role", "front-desk"), ("active", "1")];
    let answer = admin.post_form(&format!("/settings/staff/{clerk}"), &same).await;
    assert!(answer.headers()["location"].to_str().unwrap().contains("same=account"));
    assert_eq!(desk.get("/api/v1/site").await.status(), 200);

    let nurse = [("name", "钱晓"), ("role", "nurse"), ("active", "1")];
    let answer = admin.post_form(&format!("/settings/staff/{clerk}"), &nurse).await;
    let page = admin.page(answer.headers()["location"].to_str().unwrap()).await;
    assert!(page.contains("Saved 10:42") && page.contains("吴管理"), "{page}");
    assert_eq!(desk.get("/api/v1/site").await.status(), 401, "the old session ends");
    let told = "SELECT count(*) AS n FROM audit_log WHERE detail = 'role: front-desk -> nurse'";
    assert_eq!(clinic.count(told).await, 1);

    let answer = admin
        .post_form(
            &format!("/settings/staff/{clerk}"),
            &[("name", "钱晓"), ("role", "nurse")],
        )
        .await;
    assert_eq!(answer.status(), 303);
    let gone = clinic.visitor();
    let answer = gone
        .post_form("/sign-in", &[("login", "desk"), ("password", "chairside-demo")])
        .await;
    assert_eq!(answer.status(), 422, "deactivated");
    let invite = admin.post_form(&format!("/settings/staff/{clerk}/invite"), &[]).await;
    assert_eq!(invite.status(), 409);
});

both!(the_audit_is_filtered_paged_and_noted, |clinic| {
    let who = crate::support::make_patient(&clinic, "孙丽", "13900007771").await.0;
    let other = crate::support::make_patient(&clinic, "王敏", "13900007772").await.0;
    let chart = clinic
        .sql(move |c| Ok(chairside::patients::get_patient(c, chairside::patients::PatientId(other))?.chart_no))
        .await;
    let manager = clinic.signed_in("manager").await;
    let now = clinic.now();
    let desk = clinic.sample.users[1];
    clinic
        .sql(move |c| {
            let mut actor = chairside::staff::Actor::system("test");
            actor.user = Some(desk);
            actor.name = "钱晓".into();
            for n in 1..=60 {
                let subject = chairside::staff::Subject::of_patient("patients", who, who);
                chairside::staff::audit(c, now, &actor, "read", subject, &format!("row {n}."))?;
            }
            let yesterday = now + -86_400_000;
            let subject = chairside::staff::Subject::of_patient("call_tasks", 167, other);
            let detail = "no-answer, alarm none, score None";
            chairside::staff::audit(c, yesterday, &actor, "call", subject, detail)
        })
        .await;
    let first = manager
        .page(&format!("/settings/audit?lang=en&person={desk}&action=read"))
        .await;
    assert!(
        first.contains("row 60.") && first.contains("row 11.") && !first.contains("row 10."),
        "{first}"
    );
    let at = first.rfind("/settings/audit?person").expect("older");
    let older: String = first[at..].chars().take_while(|c| *c != '"').collect();
    let second = manager.page(&older.replace("&amp;", "&")).await;
    assert!(
        second.contains("row 10.") && second.contains("row 1.") && !second.contains("row 11."),
        "{second}"
    );
    assert!(!second.contains("Older entries"));

    // A patient by chart number or by name, and everything in words.
    let one = manager.page(&format!("/settings/audit?lang=zh&patient={chart}")).await;
    for part in ["王敏", chart.as_str(), "回访 · 回访任务", "无人接听", "钱晓"] {
        assert!(one.contains(part), "{part} in {one}");
    }
    for part in ["call_tasks", "alarm", "score", "row 7.", "#167"] {
        assert!(!one.contains(part), "{part} in {one}");
    }
    assert!(one.contains(&format!(r#"href="/patients/{other}""#)));
    let by_name = manager.page("/settings/audit?lang=en&patient=%E7%8E%8B%E6%95%8F").await;
    assert!(by_name.contains("no answer") && by_name.contains("Called"), "{by_name}");
    let wrong = manager.get("/settings/audit?lang=en&patient=nobodyofthisname").await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.unwrap().contains(r#"id="f-patient-e""#));
    let noted = format!(
        "SELECT count(*) AS n FROM audit_log WHERE subject = 'audit_log' AND patient_id = {other} AND action = 'read'"
    );
    assert_eq!(clinic.count(&noted).await, 2);

    // Days of the clinic's calendar.
    let day = manager
        .page("/settings/audit?from=2026-11-22&until=2026-11-22&action=call")
        .await;
    assert!(day.contains("王敏"), "{day}");
    let later = manager
        .page("/settings/audit?lang=en&from=2026-11-23&action=call")
        .await;
    assert!(later.contains("No entries fit"), "{later}");
    let wrong = manager.get("/settings/audit?from=2026-11-23&until=2026-11-22").await;
    assert_eq!(wrong.status(), 422);
    assert!(
        manager
            .page("/settings/audit?action=book")
            .await
            .contains("No entries fit")
    );
});
