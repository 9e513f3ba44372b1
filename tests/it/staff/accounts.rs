//! Accounts, their links and passwords.

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
