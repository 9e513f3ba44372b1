//! Accounts, their links and passwords.

use chairside::cli::demo::clinic::PASSWORD;

use crate::both;

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

both!(a_reset_is_over_after_half_an_hour, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.users[1];
    let answer = admin
        .post_form(&format!("/settings/staff/{id}/invite?lang=en"), &[])
        .await;
    let page = answer.text().await.unwrap();
    assert!(page.contains("opens within 30 minutes"), "{page}");
    let link = link_in(&page, &clinic.base);
    clinic.minutes_pass(29);
    assert_eq!(clinic.visitor().get(&link).await.status(), 200);
    clinic.minutes_pass(2);
    assert_eq!(clinic.visitor().get(&link).await.status(), 410);
});

both!(an_invitation_is_over_after_three_days, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let new = [("name", "新人"), ("login", "new.one"), ("role", "nurse")];
    let answer = admin.post_form("/settings/staff/new?lang=en", &new).await;
    let page = answer.text().await.unwrap();
    assert!(page.contains("opens within three days"), "{page}");
    let link = link_in(&page, &clinic.base);
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

    let same = [
        ("name", "钱晓"),
        ("role", "front-desk"),
        ("active", "1"),
        ("may_overbook", "1"),
    ];
    let answer = admin.post_form(&format!("/settings/staff/{clerk}"), &same).await;
    assert!(answer.headers()["location"].to_str().unwrap().contains("same=account"));
    assert_eq!(desk.get("/api/v1/site").await.status(), 200);

    let nurse = [
        ("name", "钱晓"),
        ("role", "nurse"),
        ("active", "1"),
        ("may_overbook", "1"),
    ];
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

both!(
    an_account_that_somebody_else_has_changed_is_not_overwritten_unseen,
    |clinic| {
        let (one, two) = (clinic.signed_in("admin").await, clinic.signed_in("admin").await);
        let path = format!("/settings/staff/{}", clinic.sample.users[1]);
        let seen = |page: &str| {
            let (_, rest) = page.split_once(r#"name="seen" value=""#).expect("what was seen");
            rest.split('"').next().unwrap().to_owned()
        };
        let opened = seen(&one.page(&path).await);
        let form = |name: &'static str, seen: &str| {
            [
                ("name", name.to_owned()),
                ("role", "front-desk".to_owned()),
                ("active", "1".to_owned()),
                ("seen", seen.to_owned()),
            ]
        };
        let send = async |by: &crate::support::Browser, name: &'static str, seen: &str| {
            let form = form(name, seen);
            let fields: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let answer = by.post_form(&format!("{path}?lang=en"), &fields).await;
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        assert_eq!(send(&two, "钱晓晓", &opened).await.0, 303);
        clinic.minutes_pass(1);
        let (status, page) = send(&one, "钱小", &opened).await;
        assert_eq!(status, 409, "{page}");
        for told in [
            "Someone else has just changed this (吴管理 at 10:42)",
            "saving again puts it in its place",
            r#"value="钱小""#,
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        // A mistake does not make it newer; saying it once more does it.
        assert_eq!(send(&one, "", &opened).await.0, 422);
        assert_eq!(send(&one, "钱小", &seen(&page)).await.0, 303);
        assert!(one.page(&path).await.contains(r#"value="钱小""#));
    }
);

both!(
    a_setting_that_somebody_else_has_changed_is_not_overwritten_unseen,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        for path in [
            "/settings/site",
            "/settings/chairs/1",
            "/settings/providers/1",
            "/settings/services/1",
            "/settings/online",
        ] {
            let page = admin.page(path).await;
            assert!(page.contains(r#"name="seen" value=""#), "{path}: {page}");
        }
        let chair = |name: &'static str, seen: &'static str| {
            [
                ("name", name),
                ("name_en", "Chair"),
                ("kind", ""),
                ("active", "1"),
                ("seen", seen),
            ]
        };
        let save = async |name: &'static str, seen: &'static str| {
            let answer = admin.post_form("/settings/chairs/1?lang=zh", &chair(name, seen)).await;
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        assert_eq!(save("一号椅", "0").await.0, 303);
        let (status, page) = save("壹号椅", "0").await;
        assert_eq!(status, 409, "{page}");
        for told in [
            "刚被其他人修改（吴管理 10:42）",
            "再次保存会用它替换",
            r#"value="壹号椅""#,
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        // Of the form that was refused: the others on the page have not been saved yet.
        let own = r#"id="f-seen" name="seen" value=""#;
        assert!(page.contains(own) && !page.contains(&format!("{own}0\"")), "{page}");
        // Sent without it, as by a script, it is saved as before.
        let plain = [("name", "壹号椅"), ("name_en", "Chair"), ("active", "1")];
        assert_eq!(admin.post_form("/settings/chairs/1", &plain).await.status(), 303);
    }
);

both!(everybody_changes_their_own_password, |clinic| {
    let (here, there) = (clinic.signed_in("nurse").await, clinic.signed_in("nurse").await);
    assert!(here.page("/password?lang=en").await.contains("Current password"));
    let send = async |current: &str, new: &str| {
        let answer = here
            .post_form("/password?lang=en", &[("current", current), ("password", new)])
            .await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = send("wrong", "correct horse battery").await;
    assert!(
        status == 422 && page.contains(r#"id="f-current-e""#) && !page.contains("correct horse"),
        "{page}"
    );
    let (status, page) = send(PASSWORD, "short").await;
    assert!(
        status == 422 && page.contains(r#"id="f-password-e""#) && page.contains("at least 12"),
        "{page}"
    );
    assert_eq!(there.get("/callbacks").await.status(), 200);
    assert_eq!(send(PASSWORD, "correct horse battery").await.0, 303);
    assert_eq!(here.get("/callbacks").await.status(), 200, "this session goes on");
    assert_eq!(there.get("/callbacks").await.status(), 303, "the other one has ended");
    let anew = clinic.visitor();
    let form = |password| [("login", "nurse"), ("password", password)];
    assert_eq!(anew.post_form("/sign-in", &form(PASSWORD)).await.status(), 422);
    assert_eq!(
        anew.post_form("/sign-in", &form("correct horse battery"))
            .await
            .status(),
        303
    );
    let set = "SELECT count(*) AS n FROM audit_log WHERE action = 'set-password' AND detail = 'own'";
    assert_eq!(clinic.count(set).await, 1);
    for _ in 0..12 {
        send("wrong", "another horse battery").await;
    }
    assert_eq!(send("correct horse battery", "another horse battery").await.0, 429);
});

both!(a_token_is_listed_and_revoked, |clinic| {
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    assert_eq!(api.get_json("/api/v1/patients").await.0, 200);
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/staff/tokens?lang=en").await;
    assert!(page.contains("api-front-desk") && page.contains("Front desk"), "{page}");
    let (_, rest) = page.split_once("/settings/staff/tokens/").expect("a button");
    let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let path = format!("/settings/staff/tokens/{id}/revoke");
    assert_eq!(admin.post_form(&path, &[]).await.status(), 303);
    assert_eq!(api.get_json("/api/v1/patients").await.0, 401);
    assert_eq!(admin.post_form(&path, &[]).await.status(), 404);
    assert!(
        admin
            .page("/settings/staff/tokens?lang=zh")
            .await
            .contains("没有有效的令牌")
    );
    let noted = "SELECT count(*) AS n FROM audit_log WHERE action = 'revoke-token'";
    assert_eq!(clinic.count(noted).await, 1);
});
