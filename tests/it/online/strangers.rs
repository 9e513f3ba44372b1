//! Who comes without a link.

use chairside::patients::PatientId;
use chairside::platform::db::schema::{consents, patients as p};
use diesel::prelude::*;

use super::{ask, booked, location, proof, service, times, typed};
use crate::both;
use crate::support::{all, make_patient};

both!(
    a_new_patient_books_by_complaint_and_shows_that_the_number_is_theirs,
    |clinic| {
        let phone = clinic.visitor();
        let first = phone.page("/book").await;
        assert!(
            first.contains("牙痛、肿胀") && first.contains("洁牙") && !first.contains("根管"),
            "{first}"
        );
        assert!(!first.contains("<script"));
        let complaint = first
            .split("href=\"/book?c=")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let when = phone.page(&format!("/book?c={complaint}")).await;
        assert!(when.contains("请先打电话"), "urgent: {when}");
        let at = times(&when)[0];
        let who = phone.page(&format!("/book?c={complaint}&t={}", at.0)).await;
        for wanted in ["检查", "就诊人姓名", "手机号", "出生日期", "监护人"] {
            assert!(who.contains(wanted), "{wanted}: {who}");
        }
        let t = at.0.to_string();
        let mut form = typed("欧阳小燕", "13900112233");
        form.extend([
            ("c", complaint),
            ("t", &t),
            ("note", "怕疼"),
            ("birth_date", "1988-03-05"),
        ]);
        let answer = phone.post_form("/book", &form).await;
        assert_eq!(answer.status(), 303);
        let sent = phone.page(&location(&answer)).await;
        assert!(sent.contains("139 •••• 2233") && !sent.contains("欧阳"), "{sent}");
        // Nothing is booked and nobody registered yet, but the time is held.
        assert!(booked(&clinic).await.is_empty());
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM patients WHERE name = '欧阳小燕'")
                .await,
            0
        );
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM holds WHERE purpose = 'online'")
                .await,
            1
        );
        let (to, link) = proof(&clinic).await;
        assert_eq!(to, "+8613900112233");
        // Mail scanners open links, too: looking books nothing.
        let page = phone.page(&link).await;
        assert!(page.contains("确定预约") && page.contains("欧*"), "{page}");
        assert!(booked(&clinic).await.is_empty());
        let done = phone.post_form(&link, &[]).await;
        assert_eq!(done.status(), 303);
        let visit = phone.page(&location(&done)).await;
        assert!(visit.contains("已为您约好"), "{visit}");
        let [a] = booked(&clinic).await.try_into().unwrap();
        assert_eq!((a.starts_at, a.note.as_str()), (at, "牙痛、肿胀；怕疼"));
        let id = a.patient_id;
        let (name, number, source, granted): (String, Option<String>, String, i64) = clinic
            .sql(move |c| {
                let (name, number, source) = p::table.find(id).select((p::name, p::phone, p::source)).first(c)?;
                let given = consents::table
                    .filter(consents::patient_id.eq(id).and(consents::granted.eq(true)))
                    .filter(consents::how.eq("online"));
                Ok((name, number, source, given.count().get_result(c)?))
            })
            .await;
        assert_eq!((name.as_str(), number.as_deref()), ("欧阳小燕", Some("+8613900112233")));
        assert_eq!((source.as_str(), granted), ("网上预约", 1));
        assert_eq!(clinic.count("SELECT count(*) AS n FROM holds").await, 0);
        // Pressed twice, or opened again: booked once, and the visit is shown.
        assert_eq!(location(&phone.post_form(&link, &[]).await), location(&done));
        assert!(location(&phone.get(&link).await).starts_with("/v/"));
        assert_eq!(booked(&clinic).await.len(), 1);
        // The patient is told, like anybody for whom the desk books.
        let told = "SELECT count(*) AS n FROM messages WHERE template = 'booking-confirmed'";
        assert_eq!(clinic.count(told).await, 1);
        // The desk sees it.
        let desk = clinic.signed_in("desk").await.page("/online-bookings").await;
        assert!(
            desk.contains("欧阳小燕") && desk.contains("新患者") && desk.contains("怕疼"),
            "{desk}"
        );
    }
);

both!(
    who_is_registered_is_found_by_number_and_name_only_after_the_proof,
    |clinic| {
        let id = make_patient(&clinic, "孙丽", "13900007731").await;
        let phone = clinic.visitor();
        let mut pages = Vec::new();
        for (number, tail) in [("139 0000 7731", "7731"), ("13900007732", "7732")] {
            let (at, answer) = ask(&clinic, &phone, "cleaning", &typed("孙丽", number)).await;
            let at = crate::online::day_time(at);
            let page = phone.page(&location(&answer)).await;
            let token = location(&answer).rsplit('/').next().unwrap().to_owned();
            pages.push(page.replace(&token, "").replace(tail, "").replace(&at, ""));
            let (_, link) = proof(&clinic).await;
            assert_eq!(phone.post_form(&link, &[]).await.status(), 303);
        }
        // Before the proof the pages of both are alike: nobody learns who is a patient here.
        let [registered, not] = pages.try_into().unwrap();
        assert_eq!(registered, not);
        let visits = booked(&clinic).await;
        assert_eq!(visits[0].patient_id, id);
        assert_ne!(
            visits[1].patient_id, id,
            "the same name on another number is somebody else"
        );
    }
);

both!(
    a_name_that_is_only_alike_is_somebody_else_for_the_desk_to_compare,
    |clinic| {
        let brother = make_patient(&clinic, "王小明", "13900007731").await;
        let chart: String = clinic
            .sql(move |c| Ok(p::table.find(brother).select(p::chart_no).first(c)?))
            .await;
        let phone = clinic.visitor();
        let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("王小", "13900007731")).await;
        assert_eq!(answer.status(), 303);
        let (_, link) = proof(&clinic).await;
        assert_eq!(phone.post_form(&link, &[]).await.status(), 303);
        let [a] = booked(&clinic).await.try_into().unwrap();
        assert_ne!(a.patient_id, brother);
        assert!(a.note.contains("请核对") && a.note.contains(&chart), "{}", a.note);
    }
);

both!(bad_fields_are_told_at_the_field_and_nothing_typed_is_lost, |clinic| {
    let phone = clinic.visitor();
    let form = [
        ("name", ""),
        ("address", "12345"),
        ("birth_date", "2027-01-01"),
        ("note", "左下后牙"),
    ];
    let (at, answer) = ask(&clinic, &phone, "cleaning", &form).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    for id in ["f-name-e", "f-address-e", "f-birth_date-e", "f-agree-e"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}: {page}");
    }
    for kept in ["12345", "2027-01-01", "左下后牙", &at.0.to_string()] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    // A child needs somebody who answers for it.
    let mut child = typed("小宝", "13900112233");
    child.push(("birth_date", "2018-05-01"));
    let (_, answer) = ask(&clinic, &phone, "fluoride", &child).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("f-guardian-e"));
    child.push(("guardian", "王芳"));
    let (_, answer) = ask(&clinic, &phone, "fluoride", &child).await;
    assert_eq!(answer.status(), 303);
    let (_, link) = proof(&clinic).await;
    assert_eq!(phone.post_form(&link, &[]).await.status(), 303);
    assert!(booked(&clinic).await[0].note.contains("监护人：王芳"));
    assert_eq!(clinic.count("SELECT count(*) AS n FROM holds").await, 0);
});

both!(
    a_time_that_is_gone_is_told_with_others_and_nothing_typed_is_lost,
    |clinic| {
        let (phone, other) = (clinic.visitor(), clinic.visitor());
        let s = service(&clinic, "cleaning").to_string();
        let at = times(&phone.page(&format!("/book?s={s}")).await)[0];
        let (_, first) = ask(&clinic, &other, "cleaning", &typed("王一", "13900110001")).await;
        assert_eq!(first.status(), 303);
        // Held for somebody else: not offered any more.
        assert!(!times(&phone.page(&format!("/book?s={s}")).await).contains(&at));
        let t = at.0.to_string();
        let mut form = typed("王二", "13900110002");
        form.extend([("s", s.as_str()), ("t", &t)]);
        let answer = phone.post_form("/book", &form).await;
        assert_eq!(answer.status(), 409);
        let page = answer.text().await.unwrap();
        assert!(page.contains("刚被占用") && page.contains("value=\"王二\"") && page.contains("value=\"13900110002\""));
        // Another time from that page goes on with what was typed.
        let next = page
            .split("name=\"t\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let mut form = typed("王二", "13900110002");
        form.extend([("s", s.as_str()), ("t", &next)]);
        assert_eq!(phone.post_form("/book", &form).await.status(), 303);
        // A hold ends by itself; whoever comes late by the link has it if it is still free.
        clinic.minutes_pass(16);
        assert!(times(&phone.page(&format!("/book?s={s}")).await).contains(&at));
        let (_, link) = proof(&clinic).await;
        assert_eq!(phone.post_form(&link, &[]).await.status(), 303);
        assert_eq!(booked(&clinic).await[0].starts_at.0.to_string(), next);
        // A day later the link is over.
        clinic.minutes_pass(24 * 60);
        assert_eq!(phone.get(&link).await.status(), 410);
    }
);

both!(many_at_once_for_one_time_are_one_visit, |clinic| {
    let s = service(&clinic, "cleaning").to_string();
    let at = times(&clinic.visitor().page(&format!("/book?s={s}")).await)[0]
        .0
        .to_string();
    let answers = all((0..15).map(|n| {
        let (clinic, s, at) = (&clinic, &s, &at);
        async move {
            let number = format!("139001200{n:02}");
            let mut form = typed("李同", &number);
            form.extend([("s", s.as_str()), ("t", at.as_str())]);
            clinic.visitor().post_form("/book", &form).await.status().as_u16()
        }
    }))
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [303, 409].contains(s)), "{answers:?}");
    let (_, link) = proof(&clinic).await;
    let done = all((0..8).map(|_| {
        let (clinic, link) = (&clinic, &link);
        async move { clinic.visitor().post_form(link, &[]).await.status().as_u16() }
    }))
    .await;
    assert_eq!(done, [303; 8]);
    assert_eq!(booked(&clinic).await.len(), 1);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM patients WHERE name = '李同'")
            .await,
        1
    );
});

both!(wrong_and_altered_links_open_nothing, |clinic| {
    let phone = clinic.visitor();
    let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("王一", "13900110001")).await;
    let sent = location(&answer);
    let (_, link) = proof(&clinic).await;
    let token = link.trim_start_matches("/b/");
    // The page's token is not the message's.
    let swapped = format!("/b/{}", sent.rsplit('/').next().unwrap());
    for wrong in [
        swapped,
        format!("/book/sent/{token}"),
        format!("/r/{token}"),
        "/b/x".to_owned(),
    ] {
        assert_eq!(phone.get(&wrong).await.status(), 404, "{wrong}");
        assert_eq!(phone.post_form(&wrong, &[]).await.status(), 404, "{wrong}");
    }
    assert!(booked(&clinic).await.is_empty());
});

both!(english_is_spoken_throughout, |clinic| {
    let phone = clinic.visitor();
    assert!(phone.page("/book?lang=en").await.contains("What troubles you?"));
    let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("Ann Lee", "13900113344")).await;
    assert!(phone.page(&location(&answer)).await.contains("One more step"));
    let (_, link) = proof(&clinic).await;
    assert!(phone.page(&link).await.contains("Yes, book it"));
    let done = phone.post_form(&link, &[]).await;
    assert!(phone.page(&location(&done)).await.contains("It is booked"));
    let id: PatientId = booked(&clinic).await[0].patient_id;
    let language: String = clinic
        .sql(move |c| Ok(p::table.find(id).select(p::language).first(c)?))
        .await;
    assert_eq!(language, "en");
});
