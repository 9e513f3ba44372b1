//! The tables, as diesel sees them. Column order is the migrations' order. Instants are `BigInt` (UTC milliseconds).

diesel::table! {
    job_runs (job, tick) {
        job -> Text,
        tick -> BigInt,
        instance -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    installation (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    staff_users (id) {
        id -> BigInt,
        login -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        language -> Nullable<Text>,
        active -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        may_overbook -> Bool,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        user_id -> BigInt,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        ends_at -> BigInt,
        ip -> Text,
        user_agent -> Text,
        locked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        token_hash -> Text,
        user_id -> BigInt,
        name -> Text,
        created_at -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    one_time_links (id) {
        id -> BigInt,
        token_hash -> Text,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        created_at -> BigInt,
        ends_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sign_in_attempts (id) {
        id -> BigInt,
        login -> Text,
        ip -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> BigInt,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        subject -> Text,
        subject_id -> Nullable<BigInt>,
        patient_id -> Nullable<BigInt>,
        ip -> Text,
        request_id -> Text,
        detail -> Text,
    }
}

diesel::table! {
    sites (id) {
        id -> BigInt,
        name -> Text,
        name_en -> Text,
        phone -> Text,
        address -> Text,
        address_en -> Text,
        zone -> Text,
        language -> Text,
        currency -> Text,
        country -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    chairs (id) {
        id -> BigInt,
        site_id -> BigInt,
        name -> Text,
        name_en -> Text,
        position -> Integer,
        active -> Bool,
        kind -> Text,
    }
}

diesel::table! {
    providers (id) {
        id -> BigInt,
        site_id -> BigInt,
        user_id -> Nullable<BigInt>,
        name -> Text,
        name_en -> Text,
        kind -> Text,
        speciality -> Text,
        speciality_en -> Text,
        chair_id -> BigInt,
        position -> Integer,
        active -> Bool,
        day_max -> Nullable<Integer>,
    }
}

diesel::table! {
    services (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        minutes -> Integer,
        buffer_before -> Integer,
        buffer_after -> Integer,
        colour -> Text,
        price_minor -> BigInt,
        recall_months -> Nullable<Integer>,
        follow_up_days -> Nullable<Integer>,
        follow_up_minute -> Integer,
        follow_up_script -> Nullable<Text>,
        position -> Integer,
        active -> Bool,
    }
}

diesel::table! {
    service_providers (service_id, provider_id) {
        service_id -> BigInt,
        provider_id -> BigInt,
    }
}

diesel::table! {
    weekly_hours (id) {
        id -> BigInt,
        provider_id -> Nullable<BigInt>,
        weekday -> Integer,
        start_minute -> Integer,
        end_minute -> Integer,
        valid_from -> Date,
        chair_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    hour_patterns (id) {
        id -> BigInt,
        provider_id -> Nullable<BigInt>,
        valid_from -> Date,
        chair_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    dated_hours (id) {
        id -> BigInt,
        provider_id -> Nullable<BigInt>,
        day -> Date,
        start_minute -> Integer,
        end_minute -> Integer,
        chair_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    makeup_days (id) {
        id -> BigInt,
        site_id -> BigInt,
        day -> Date,
        weekday -> Integer,
        name -> Text,
        name_en -> Text,
    }
}

diesel::table! {
    blockouts (id) {
        id -> BigInt,
        site_id -> BigInt,
        provider_id -> Nullable<BigInt>,
        weekday -> Nullable<Integer>,
        day -> Nullable<Date>,
        start_minute -> Integer,
        end_minute -> Integer,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        release_days -> Nullable<Integer>,
        name -> Text,
        name_en -> Text,
        travel_minutes -> Integer,
        chair_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    blockout_services (blockout_id, service_id) {
        blockout_id -> BigInt,
        service_id -> BigInt,
    }
}

diesel::table! {
    provider_chairs (provider_id, chair_id) {
        provider_id -> BigInt,
        chair_id -> BigInt,
    }
}

diesel::table! {
    clinic_revision (id) {
        id -> Integer,
        revision -> BigInt,
    }
}

diesel::table! {
    booking_rules (service_id) {
        service_id -> BigInt,
        grid_minutes -> Integer,
        chair_kind -> Text,
        provider_parts -> Text,
        second_kind -> Nullable<Text>,
        second_parts -> Text,
        per_day_max -> Nullable<Integer>,
        online -> Bool,
        notice_minutes -> Integer,
        horizon_days -> Integer,
    }
}

diesel::table! {
    online_rules (site_id) {
        site_id -> BigInt,
        open -> Bool,
        new_patients -> Bool,
        change_minutes -> Integer,
        moves_max -> Integer,
        planned_max -> Integer,
        broken_max -> Nullable<Integer>,
        broken_days -> Integer,
    }
}

diesel::table! {
    complaints (id) {
        id -> BigInt,
        site_id -> BigInt,
        name -> Text,
        name_en -> Text,
        service_id -> BigInt,
        urgent -> Bool,
        position -> Integer,
    }
}

diesel::table! {
    booking_requests (id) {
        id -> BigInt,
        site_id -> BigInt,
        service_id -> BigInt,
        provider_id -> BigInt,
        starts_at -> BigInt,
        note -> Text,
        hold_token -> Text,
        name -> Text,
        channel -> Text,
        address -> Text,
        birth_date -> Nullable<Date>,
        guardian -> Text,
        language -> Text,
        ip -> Text,
        state -> Text,
        refusal -> Nullable<Text>,
        patient_id -> Nullable<BigInt>,
        is_new -> Bool,
        booked_id -> Nullable<BigInt>,
        sends -> Integer,
        created_at -> BigInt,
        expires_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    holidays (id) {
        id -> BigInt,
        site_id -> BigInt,
        day -> Date,
        name -> Text,
        name_en -> Text,
    }
}

diesel::table! {
    leaves (id) {
        id -> BigInt,
        provider_id -> Nullable<BigInt>,
        starts_at -> BigInt,
        ends_at -> BigInt,
        reason -> Text,
        chair_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    patients (id) {
        id -> BigInt,
        chart_no -> Text,
        name -> Text,
        search_name -> Text,
        initials -> Text,
        sex -> Text,
        birth_date -> Nullable<Date>,
        birth_month_day -> Nullable<Integer>,
        national_id -> Nullable<Text>,
        national_id_hash -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_tail -> Nullable<Text>,
        other_phone -> Nullable<Text>,
        email -> Nullable<Text>,
        language -> Text,
        channel -> Text,
        marketing -> Bool,
        vip -> Bool,
        needs -> Text,
        allergies -> Text,
        history -> Text,
        occupation -> Text,
        address -> Text,
        source -> Text,
        note -> Text,
        completeness -> Integer,
        deceased -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        lunar_birthday -> Bool,
        zone -> Nullable<Text>,
    }
}

diesel::table! {
    consents (id) {
        id -> BigInt,
        patient_id -> BigInt,
        channel -> Text,
        purpose -> Text,
        granted -> Bool,
        how -> Text,
        at -> BigInt,
        user_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    templates (id) {
        id -> BigInt,
        code -> Text,
        channel -> Text,
        language -> Text,
        subject -> Text,
        body -> Text,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    manners (id) {
        id -> BigInt,
        care_from -> Integer,
        care_until -> Integer,
        other_from -> Integer,
        other_until -> Integer,
        on_holidays -> Bool,
        person_day -> Nullable<Integer>,
        person_week -> Nullable<Integer>,
        person_month -> Nullable<Integer>,
        family_day -> Nullable<Integer>,
        family_week -> Nullable<Integer>,
        family_month -> Nullable<Integer>,
        survey_days -> Integer,
        greeting_hours -> Integer,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    template_heads (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        purpose -> Text,
        fallback -> Nullable<Text>,
        own -> Bool,
        archived_at -> Nullable<BigInt>,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    template_versions (template_id, version) {
        template_id -> BigInt,
        version -> BigInt,
        subject -> Text,
        body -> Text,
        at -> BigInt,
        actor -> Text,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        dedupe_key -> Text,
        patient_id -> Nullable<BigInt>,
        subject -> Text,
        subject_id -> Nullable<BigInt>,
        subject_version -> Nullable<BigInt>,
        purpose -> Text,
        template -> Text,
        channel -> Text,
        language -> Text,
        recipient -> Nullable<Text>,
        title -> Nullable<Text>,
        body -> Nullable<Text>,
        segments -> Nullable<Integer>,
        state -> Text,
        reason -> Nullable<Text>,
        priority -> Integer,
        due_at -> BigInt,
        expires_at -> BigInt,
        next_try_at -> BigInt,
        attempts -> Integer,
        lease -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        gateway_id -> Nullable<Text>,
        variables -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        calendar -> Nullable<Text>,
        template_version -> Nullable<BigInt>,
        text_language -> Nullable<Text>,
        with_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    message_attempts (id) {
        id -> BigInt,
        message_id -> BigInt,
        number -> Integer,
        gateway -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    message_reports (id) {
        id -> BigInt,
        message_id -> BigInt,
        at -> BigInt,
        status -> Text,
        detail -> Text,
    }
}

diesel::table! {
    template_providers (template_id, kind) {
        template_id -> BigInt,
        kind -> Text,
        entry -> Text,
    }
}

diesel::table! {
    gateway_turns (gateway) {
        gateway -> Text,
        free_us -> BigInt,
        asked_us -> BigInt,
    }
}

diesel::table! {
    message_forecasts (purpose, hour) {
        purpose -> Text,
        hour -> BigInt,
        expected -> Integer,
        made_at -> BigInt,
    }
}

diesel::table! {
    conversations (id) {
        id -> BigInt,
        channel -> Text,
        address -> Text,
        state -> Text,
        owner_id -> Nullable<BigInt>,
        last_at -> BigInt,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    inbound_texts (id) {
        id -> BigInt,
        conversation_id -> BigInt,
        gateway -> Text,
        gateway_id -> Nullable<Text>,
        kind -> Text,
        body -> Text,
        reading -> Text,
        appointment_id -> Nullable<BigInt>,
        at -> BigInt,
    }
}

diesel::table! {
    desk_answers (id) {
        id -> BigInt,
        conversation_id -> BigInt,
        user_id -> Nullable<BigInt>,
        body -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    opt_outs (id) {
        id -> BigInt,
        channel -> Text,
        address -> Text,
        scope -> Text,
        evidence -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    address_health (id) {
        id -> BigInt,
        channel -> Text,
        address -> Text,
        bounces -> Integer,
        last_at -> BigInt,
        previous_at -> Nullable<BigInt>,
        suppressed_at -> Nullable<BigInt>,
        status -> Text,
    }
}

diesel::table! {
    appointments (id) {
        id -> BigInt,
        site_id -> BigInt,
        patient_id -> BigInt,
        provider_id -> BigInt,
        chair_id -> BigInt,
        service_id -> BigInt,
        starts_at -> BigInt,
        ends_at -> BigInt,
        busy_from -> BigInt,
        busy_until -> BigInt,
        status -> Text,
        note -> Text,
        cancel_reason -> Nullable<Text>,
        source -> Text,
        version -> BigInt,
        arrived_at -> Nullable<BigInt>,
        seated_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        provider_parts -> Text,
        second_id -> Nullable<BigInt>,
        second_parts -> Text,
        overbooked -> Nullable<Text>,
        left_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    wait_alerts (site_id, stage) {
        site_id -> BigInt,
        stage -> Text,
        amber_minutes -> Integer,
        red_minutes -> Integer,
    }
}

diesel::table! {
    walk_ins (id) {
        id -> BigInt,
        site_id -> BigInt,
        day -> Date,
        number -> Integer,
        patient_id -> BigInt,
        service_id -> BigInt,
        complaint -> Text,
        urgency -> Text,
        arrived_at -> BigInt,
        state -> Text,
        appointment_id -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        left_reason -> Text,
        version -> BigInt,
        created_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    service_supplies (service_id) {
        service_id -> BigInt,
        supplies -> Text,
        supplies_en -> Text,
    }
}

diesel::table! {
    provider_times (id) {
        id -> BigInt,
        appointment_id -> BigInt,
        provider_id -> BigInt,
        busy_from -> BigInt,
        busy_until -> BigInt,
        active -> Bool,
        shared -> Bool,
    }
}

diesel::table! {
    appointment_series (id) {
        id -> BigInt,
        kind -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    appointment_series_members (appointment_id) {
        appointment_id -> BigInt,
        series_id -> BigInt,
        position -> Integer,
    }
}

diesel::table! {
    holds (id) {
        id -> BigInt,
        token -> Text,
        site_id -> BigInt,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        provider_id -> BigInt,
        chair_id -> BigInt,
        service_id -> BigInt,
        busy_from -> BigInt,
        busy_until -> BigInt,
        starts_at -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        second_id -> Nullable<BigInt>,
        second_parts -> Text,
    }
}

diesel::table! {
    waiting_entries (id) {
        id -> BigInt,
        site_id -> BigInt,
        patient_id -> BigInt,
        service_id -> BigInt,
        provider_id -> Nullable<BigInt>,
        minutes -> Integer,
        weekdays -> Text,
        from_minute -> Nullable<Integer>,
        until_minute -> Nullable<Integer>,
        first_day -> Date,
        last_day -> Nullable<Date>,
        notice_minutes -> Integer,
        urgency -> Text,
        note -> Text,
        appointment_id -> Nullable<BigInt>,
        state -> Text,
        booked_id -> Nullable<BigInt>,
        version -> BigInt,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        from_patient -> Bool,
    }
}

diesel::table! {
    waiting_requests (id) {
        id -> BigInt,
        site_id -> BigInt,
        service_id -> BigInt,
        provider_id -> Nullable<BigInt>,
        weekdays -> Text,
        from_minute -> Nullable<Integer>,
        until_minute -> Nullable<Integer>,
        last_day -> Date,
        note -> Text,
        name -> Text,
        channel -> Text,
        address -> Text,
        birth_date -> Nullable<Date>,
        guardian -> Text,
        language -> Text,
        ip -> Text,
        state -> Text,
        refusal -> Nullable<Text>,
        patient_id -> Nullable<BigInt>,
        entry_id -> Nullable<BigInt>,
        sends -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    freed_slots (id) {
        id -> BigInt,
        site_id -> BigInt,
        provider_id -> BigInt,
        chair_id -> BigInt,
        service_id -> BigInt,
        starts_at -> BigInt,
        ends_at -> BigInt,
        appointment_id -> BigInt,
        appointment_version -> BigInt,
        state -> Text,
        nobody -> Bool,
        batch -> Integer,
        deadline_minutes -> Integer,
        hold_token -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        tried_at -> Nullable<BigInt>,
        away -> Bool,
    }
}

diesel::table! {
    waiting_rules (site_id) {
        site_id -> BigInt,
        ask -> Text,
        batch -> Integer,
        deadline_minutes -> Integer,
        waiting -> Bool,
        unscheduled -> Bool,
        recall -> Bool,
        since -> BigInt,
    }
}

diesel::table! {
    slot_offers (id) {
        id -> BigInt,
        slot_id -> BigInt,
        position -> Integer,
        source -> Text,
        source_id -> BigInt,
        patient_id -> BigInt,
        service_id -> BigInt,
        minutes -> Integer,
        starts_at -> BigInt,
        notice_minutes -> Integer,
        appointment_id -> Nullable<BigInt>,
        state -> Text,
        asked_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        answered_at -> Nullable<BigInt>,
        answered_by -> Text,
        booked_id -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    unscheduled (appointment_id) {
        appointment_id -> BigInt,
        kind -> Nullable<Text>,
        aside_reason -> Nullable<Text>,
        aside_by -> Nullable<Text>,
        aside_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    leave_plans (id) {
        id -> BigInt,
        provider_id -> BigInt,
        starts_at -> BigInt,
        ends_at -> BigInt,
        reason -> Text,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        created_at -> BigInt,
        undone_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    calendar_feeds (provider_id) {
        provider_id -> BigInt,
        token_hash -> Text,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        created_at -> BigInt,
        last_read_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    leave_drafts (id) {
        id -> BigInt,
        provider_id -> BigInt,
        starts_at -> BigInt,
        ends_at -> BigInt,
        reason -> Text,
        choices -> Text,
        actor -> Text,
        created_at -> BigInt,
        state -> Text,
        plan_id -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    leave_plan_steps (id) {
        id -> BigInt,
        plan_id -> BigInt,
        appointment_id -> BigInt,
        choice -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    appointment_events (id) {
        id -> BigInt,
        appointment_id -> BigInt,
        at -> BigInt,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        version -> BigInt,
        before -> Text,
        undone_at -> Nullable<BigInt>,
        click -> Nullable<Text>,
    }
}

diesel::table! {
    visits (id) {
        id -> BigInt,
        patient_id -> BigInt,
        provider_id -> Nullable<BigInt>,
        service_id -> Nullable<BigInt>,
        appointment_id -> Nullable<BigInt>,
        day -> Date,
        started_at -> BigInt,
        provider_name -> Text,
        service_name -> Text,
        complaint -> Text,
        diagnosis -> Text,
        advice -> Text,
        next_visit -> Text,
        next_visit_day -> Nullable<Date>,
        fee_minor -> Nullable<BigInt>,
        status -> Text,
        import_key -> Nullable<Text>,
        version -> BigInt,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    treatments (id) {
        id -> BigInt,
        visit_id -> BigInt,
        position -> Integer,
        tooth -> Nullable<Text>,
        description -> Text,
    }
}

diesel::table! {
    treatment_plans (patient_id) {
        patient_id -> BigInt,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    plan_items (id) {
        id -> BigInt,
        patient_id -> BigInt,
        position -> Integer,
        service_id -> BigInt,
        teeth -> Nullable<Text>,
        note -> Text,
        minutes -> Nullable<Integer>,
        days_after -> Integer,
        state -> Text,
        appointment_id -> Nullable<BigInt>,
        visit_id -> Nullable<BigInt>,
        written_on -> Date,
        done_on -> Nullable<Date>,
        drop_reason -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    scripts (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        opening -> Text,
        opening_en -> Text,
        questions -> Text,
        closing -> Text,
        closing_en -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    call_tasks (id) {
        id -> BigInt,
        occurrence -> Text,
        kind -> Text,
        patient_id -> BigInt,
        visit_id -> Nullable<BigInt>,
        appointment_id -> Nullable<BigInt>,
        parent_id -> Nullable<BigInt>,
        script -> Text,
        role -> Text,
        reason -> Text,
        priority -> Integer,
        due_at -> BigInt,
        state -> Text,
        result -> Nullable<Text>,
        attempts -> Integer,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    call_attempts (id) {
        id -> BigInt,
        task_id -> BigInt,
        number -> Integer,
        at -> BigInt,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        result -> Text,
        answers -> Text,
        alarm -> Text,
        score -> Nullable<Integer>,
        note -> Text,
        next_try_at -> Nullable<BigInt>,
        due_before -> BigInt,
        with_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    rules (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        anchor -> Text,
        purpose -> Text,
        service_id -> Nullable<BigInt>,
        occasion_id -> Nullable<BigInt>,
        date_kind_id -> Nullable<BigInt>,
        channels -> Text,
        stop_booked -> Bool,
        stop_answered -> Bool,
        stop_confirmed -> Bool,
        catch_up -> Text,
        rest_days -> Integer,
        holdout_percent -> Integer,
        steps -> Text,
        priority -> Integer,
        active -> Bool,
        planned_until -> BigInt,
        version -> BigInt,
        updated_at -> BigInt,
        segment_id -> Nullable<BigInt>,
        treatment -> Text,
        last_step -> BigInt,
        late_a_day -> Integer,
    }
}

diesel::table! {
    late_recalls (rule_id, recall_id, due_on) {
        rule_id -> BigInt,
        recall_id -> BigInt,
        due_on -> Date,
        starts_on -> Nullable<Date>,
        noted_at -> BigInt,
    }
}

diesel::table! {
    rule_arms (rule_id, occurrence) {
        rule_id -> BigInt,
        occurrence -> Text,
        patient_id -> BigInt,
        due_at -> BigInt,
        held -> Bool,
    }
}

diesel::table! {
    occasions (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        calendar -> Text,
        month -> Nullable<Integer>,
        day -> Nullable<Integer>,
        on_date -> Nullable<Date>,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    date_kinds (id) {
        id -> BigInt,
        name -> Text,
        name_en -> Text,
        yearly -> Bool,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    patient_dates (id) {
        id -> BigInt,
        patient_id -> BigInt,
        kind_id -> BigInt,
        on_date -> Date,
        month_day -> Integer,
        created_at -> BigInt,
    }
}

diesel::table! {
    survey_answers (id) {
        id -> BigInt,
        appointment_id -> BigInt,
        patient_id -> BigInt,
        score -> Integer,
        comment -> Text,
        way -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    referrals (patient_id) {
        patient_id -> BigInt,
        referred_by -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    recalls (id) {
        id -> BigInt,
        patient_id -> BigInt,
        service_id -> BigInt,
        visit_id -> Nullable<BigInt>,
        calculated_on -> Date,
        edited_on -> Nullable<Date>,
        own_months -> Nullable<Integer>,
        own_days -> Nullable<Integer>,
        paused_until -> Nullable<Date>,
        due_on -> Date,
        state -> Text,
        reason -> Text,
        note -> Text,
        attempts -> Integer,
        hidden_until -> Nullable<Date>,
        last_result -> Nullable<Text>,
        undo -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    segments (id) {
        id -> BigInt,
        name -> Text,
        name_en -> Text,
        definition -> Text,
        round_at -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        archived_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    segment_marks (segment_id, patient_id) {
        segment_id -> BigInt,
        patient_id -> BigInt,
        mark -> Text,
        at -> BigInt,
        user_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    campaigns (id) {
        id -> BigInt,
        name -> Text,
        name_en -> Text,
        segment_id -> Nullable<BigInt>,
        template -> Text,
        state -> Text,
        per_day -> Integer,
        weekdays -> Text,
        from_minute -> Integer,
        until_minute -> Integer,
        first_day -> Date,
        skip_booked -> Bool,
        rest_days -> Integer,
        held_until -> Nullable<BigInt>,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        gathered_after -> BigInt,
        gathered -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        document_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    campaign_people (id) {
        id -> BigInt,
        campaign_id -> BigInt,
        patient_id -> BigInt,
        turn -> Text,
        reason -> Nullable<Text>,
        turned_on -> Nullable<Date>,
        sending_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    documents (id) {
        id -> BigInt,
        patient_id -> Nullable<BigInt>,
        kind -> Text,
        title -> Text,
        title_en -> Text,
        withdrawn_at -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    document_files (document_id, language) {
        document_id -> BigInt,
        language -> Text,
        name -> Text,
        media_type -> Text,
        size -> Integer,
        content -> Binary,
    }
}

diesel::table! {
    sendings (id) {
        id -> BigInt,
        patient_id -> BigInt,
        message_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        created_at -> BigInt,
        opened_at -> Nullable<BigInt>,
        opens -> Integer,
        wrong -> Integer,
        wrong_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sending_documents (sending_id, document_id) {
        sending_id -> BigInt,
        document_id -> BigInt,
    }
}

diesel::table! {
    message_files (message_id, position) {
        message_id -> BigInt,
        position -> Integer,
        name -> Text,
        size -> Integer,
    }
}

diesel::table! {
    recall_types (service_id) {
        service_id -> BigInt,
        high_months -> Nullable<Integer>,
        high_days -> Nullable<Integer>,
        low_months -> Nullable<Integer>,
        low_days -> Nullable<Integer>,
        age_from -> Nullable<Integer>,
        age_until -> Nullable<Integer>,
        exclusive -> Text,
        rank -> Integer,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    recall_triggers (service_id, trigger_id) {
        service_id -> BigInt,
        trigger_id -> BigInt,
    }
}

diesel::table! {
    patient_preferences (patient_id) {
        patient_id -> BigInt,
        provider_id -> Nullable<BigInt>,
        weekdays -> Text,
        from_minute -> Nullable<Integer>,
        until_minute -> Nullable<Integer>,
        set_by -> Text,
        set_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    recall_risks (patient_id) {
        patient_id -> BigInt,
        risk -> Text,
        set_by -> Text,
        set_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    recall_settings (id) {
        id -> BigInt,
        family_days -> Integer,
        basis -> Nullable<Text>,
        reached -> Nullable<BigInt>,
        born_until -> Nullable<Date>,
        people_until -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    recall_companions (recall_id, due_on, member_id) {
        recall_id -> BigInt,
        due_on -> Date,
        member_id -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (user_id, key) {
        user_id -> BigInt,
        key -> Text,
        fingerprint -> Text,
        claim -> Text,
        created_at -> BigInt,
        lease_until -> BigInt,
        status -> Nullable<Integer>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    recalls_before (visit_id, service_id) {
        visit_id -> BigInt,
        service_id -> BigInt,
        counted_from -> Nullable<BigInt>,
        due_on -> Nullable<Date>,
        edited_on -> Nullable<Date>,
        state -> Nullable<Text>,
        attempts -> Nullable<Integer>,
        hidden_until -> Nullable<Date>,
        last_result -> Nullable<Text>,
        updated_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(sessions -> staff_users (user_id));
diesel::joinable!(api_tokens -> staff_users (user_id));
diesel::joinable!(one_time_links -> staff_users (user_id));
diesel::joinable!(chairs -> sites (site_id));
diesel::joinable!(providers -> sites (site_id));
diesel::joinable!(providers -> staff_users (user_id));
diesel::joinable!(providers -> chairs (chair_id));
diesel::joinable!(service_providers -> services (service_id));
diesel::joinable!(service_providers -> providers (provider_id));
diesel::joinable!(weekly_hours -> providers (provider_id));
diesel::table! {
    saved_views (id) {
        id -> BigInt,
        owner_id -> BigInt,
        shared -> Bool,
        name -> Text,
        board -> Text,
        position -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    saved_view_uses (user_id) {
        user_id -> BigInt,
        view_id -> BigInt,
        used_at -> BigInt,
    }
}

diesel::joinable!(saved_views -> staff_users (owner_id));
diesel::joinable!(saved_view_uses -> saved_views (view_id));
diesel::joinable!(holidays -> sites (site_id));
diesel::joinable!(leaves -> providers (provider_id));
diesel::joinable!(blockout_services -> blockouts (blockout_id));
diesel::joinable!(provider_times -> appointments (appointment_id));
diesel::joinable!(appointment_series_members -> appointments (appointment_id));
diesel::joinable!(appointment_series_members -> appointment_series (series_id));
diesel::joinable!(waiting_entries -> sites (site_id));
diesel::joinable!(waiting_entries -> patients (patient_id));
diesel::joinable!(waiting_entries -> services (service_id));
diesel::joinable!(waiting_entries -> providers (provider_id));
diesel::joinable!(waiting_entries -> appointments (appointment_id));
diesel::joinable!(freed_slots -> sites (site_id));
diesel::joinable!(freed_slots -> providers (provider_id));
diesel::joinable!(freed_slots -> chairs (chair_id));
diesel::joinable!(freed_slots -> services (service_id));
diesel::joinable!(freed_slots -> appointments (appointment_id));
diesel::joinable!(slot_offers -> freed_slots (slot_id));
diesel::joinable!(slot_offers -> patients (patient_id));
diesel::joinable!(slot_offers -> services (service_id));
diesel::joinable!(slot_offers -> appointments (appointment_id));
diesel::joinable!(unscheduled -> appointments (appointment_id));
diesel::joinable!(leave_plans -> providers (provider_id));
diesel::joinable!(calendar_feeds -> providers (provider_id));
diesel::joinable!(leave_plan_steps -> leave_plans (plan_id));
diesel::joinable!(leave_plan_steps -> appointments (appointment_id));
diesel::joinable!(consents -> patients (patient_id));
diesel::joinable!(patient_dates -> patients (patient_id));
diesel::joinable!(patient_dates -> date_kinds (kind_id));
diesel::joinable!(referrals -> patients (referred_by));
diesel::joinable!(treatment_plans -> patients (patient_id));
diesel::joinable!(rule_arms -> rules (rule_id));
diesel::joinable!(messages -> patients (patient_id));
diesel::joinable!(message_attempts -> messages (message_id));
diesel::joinable!(message_reports -> messages (message_id));
diesel::joinable!(inbound_texts -> conversations (conversation_id));
diesel::joinable!(desk_answers -> conversations (conversation_id));
diesel::joinable!(conversations -> staff_users (owner_id));
diesel::joinable!(desk_answers -> staff_users (user_id));
diesel::joinable!(template_providers -> templates (template_id));
diesel::joinable!(appointments -> sites (site_id));
diesel::joinable!(appointments -> patients (patient_id));
diesel::joinable!(appointments -> providers (provider_id));
diesel::joinable!(appointments -> chairs (chair_id));
diesel::joinable!(appointments -> services (service_id));
diesel::joinable!(appointment_events -> appointments (appointment_id));
diesel::joinable!(walk_ins -> patients (patient_id));
diesel::joinable!(visits -> patients (patient_id));
diesel::joinable!(visits -> providers (provider_id));
diesel::joinable!(visits -> services (service_id));
diesel::joinable!(visits -> appointments (appointment_id));
diesel::joinable!(treatments -> visits (visit_id));
diesel::joinable!(plan_items -> patients (patient_id));
diesel::joinable!(plan_items -> appointments (appointment_id));
diesel::joinable!(call_tasks -> patients (patient_id));
diesel::joinable!(call_tasks -> visits (visit_id));
diesel::joinable!(call_tasks -> appointments (appointment_id));
diesel::joinable!(call_attempts -> call_tasks (task_id));
diesel::joinable!(rules -> services (service_id));
diesel::joinable!(recalls -> patients (patient_id));
diesel::joinable!(late_recalls -> recalls (recall_id));
diesel::joinable!(recalls -> services (service_id));
diesel::joinable!(recalls -> visits (visit_id));
diesel::joinable!(recall_risks -> patients (patient_id));
diesel::joinable!(patient_preferences -> patients (patient_id));
diesel::joinable!(campaign_people -> campaigns (campaign_id));
diesel::joinable!(campaign_people -> patients (patient_id));
diesel::joinable!(sendings -> patients (patient_id));
diesel::joinable!(sending_documents -> sendings (sending_id));
diesel::joinable!(sending_documents -> documents (document_id));

diesel::allow_tables_to_appear_in_same_query!(
    job_runs,
    segments,
    segment_marks,
    campaigns,
    campaign_people,
    documents,
    document_files,
    sendings,
    sending_documents,
    message_files,
    date_kinds,
    patient_dates,
    referrals,
    rule_arms,
    late_recalls,
    occasions,
    survey_answers,
    idempotency_keys,
    installation,
    staff_users,
    sessions,
    api_tokens,
    one_time_links,
    sign_in_attempts,
    audit_log,
    sites,
    chairs,
    providers,
    services,
    service_providers,
    weekly_hours,
    holidays,
    leaves,
    hour_patterns,
    dated_hours,
    makeup_days,
    blockouts,
    blockout_services,
    provider_chairs,
    booking_rules,
    online_rules,
    complaints,
    booking_requests,
    patients,
    consents,
    templates,
    manners,
    template_heads,
    template_versions,
    template_providers,
    messages,
    message_attempts,
    message_reports,
    gateway_turns,
    message_forecasts,
    conversations,
    inbound_texts,
    desk_answers,
    opt_outs,
    address_health,
    appointments,
    appointment_events,
    provider_times,
    appointment_series,
    appointment_series_members,
    holds,
    wait_alerts,
    walk_ins,
    service_supplies,
    waiting_entries,
    freed_slots,
    slot_offers,
    unscheduled,
    leave_plans,
    leave_drafts,
    leave_plan_steps,
    calendar_feeds,
    visits,
    treatments,
    treatment_plans,
    plan_items,
    scripts,
    call_tasks,
    call_attempts,
    rules,
    recalls,
    saved_views,
    saved_view_uses,
    recalls_before,
    recall_types,
    recall_triggers,
    recall_risks,
    patient_preferences,
    recall_settings,
    recall_companions,
);
