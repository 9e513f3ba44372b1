//! The recall list in another order, and as a table.

use chairside::outreach;
use diesel::prelude::*;

use super::visit;
use crate::both;
use crate::support::make_patient;

both!(the_list_is_sorted_by_risk_and_goes_into_a_spreadsheet, |clinic| {
    for (name, mobile, day) in [
        ("孙丽", "13900007731", "2026-03-10"),
        ("王敏", "13900007732", "2026-04-10"),
        ("=1+1", "13900007733", "2026-05-10"),
    ] {
        let id = make_patient(&clinic, name, mobile).await;
        visit(&clinic, id, "cleaning", day).await;
    }
    let now = clinic.now();
    clinic
        .sql(move |c| {
            outreach::recalls_from_history(c, now)?;
            let sql = "INSERT INTO recall_risks (patient_id, risk, set_by, set_at, version) SELECT id, 'high', 'x', 1, 1 FROM patients WHERE name = '王敏'";
            Ok(diesel::sql_query(sql).execute(c)?)
        })
        .await;
    let desk = clinic.signed_in("desk").await;
    let order = |text: &str| ["孙丽", "王敏", "=1+1"].map(|name| text.find(name).unwrap());
    let usual = order(&desk.page("/recall.csv?lang=zh").await);
    assert!(usual[0] < usual[1] && usual[1] < usual[2], "{usual:?}");
    let table = desk.page("/recall.csv?order=risk&lang=zh").await;
    let by_risk = order(&table);
    assert!(by_risk[1] < by_risk[0] && by_risk[0] < by_risk[2], "{table}");
    assert!(table.contains("'=1+1") && table.contains("139 0000 7732"), "{table}");
    let page = order(&desk.page("/recall?order=risk&lang=zh").await);
    assert!(page[1] < page[0], "{page:?}");
    let exported = "SELECT count(*) AS n FROM audit_log WHERE action = 'export' AND detail = '3 recalls'";
    assert_eq!(clinic.count(exported).await, 2);
});
