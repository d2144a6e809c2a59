WITH buckets AS 
(SELECT days.day AS date, greatest(days.day, CAST($start AS DATE)) AS starts, least(CAST((days.day + INTERVAL 1 month) - INTERVAL 1 day AS DATE), CAST($end AS DATE)) AS ends 
FROM (SELECT CAST(unnest(generate_series(CAST(date_trunc('month', CAST($start AS DATE)) AS DATE), CAST($end AS DATE), INTERVAL 1 month)) AS DATE) AS day) AS days), 
movements AS 
(SELECT fact_mrr_movement.source_id AS source_id, fact_mrr_movement.account_id AS account_id, fact_mrr_movement.date AS date, fact_mrr_movement.customer_id AS customer_id, fact_mrr_movement.kind AS kind, fact_mrr_movement.plan AS plan, fact_mrr_movement.country AS country, fact_mrr_movement.region AS region, fact_mrr_movement.traffic_key AS traffic_key, fact_mrr_movement.campaign_key AS campaign_key, fact_mrr_movement.currency AS currency, fact_mrr_movement.amount_micros AS amount_micros, fact_mrr_movement.amount AS amount, fact_mrr_movement.customers AS customers, fact_mrr_movement.load_id AS load_id, -fact_mrr_movement.customers AS customers_lost 
FROM fact_mrr_movement), 
movement_panel AS 
(SELECT states.date AS date, CAST(sum(greatest(states.mrr_after, 0)) AS DOUBLE PRECISION) / 1000000.0 AS mrr_at_end, CAST(sum(states.mrr_before) AS DOUBLE PRECISION) / 1000000.0 AS mrr_at_start 
FROM (SELECT buckets.date AS date, movements.customer_id AS customer_id, sum(movements.customers) FILTER (WHERE movements.date < buckets.starts) AS was_customer, sum(movements.customers) AS is_customer, sum(movements.amount) FILTER (WHERE movements.date < buckets.starts) AS mrr_before, sum(movements.amount) AS mrr_after 
FROM movements JOIN buckets ON movements.date <= buckets.ends GROUP BY buckets.date, movements.customer_id) AS states 
WHERE states.was_customer > 0 GROUP BY states.date), 
cells AS 
(SELECT buckets.date AS date, movement_panel.mrr_at_end AS mrr_at_end, movement_panel.mrr_at_start AS mrr_at_start, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN movement_panel ON movement_panel.date = buckets.date)
 SELECT cells.date, cells.mrr_at_end / nullif(cells.mrr_at_start, 0) AS nrr, cells.mrr_at_end AS nrr__n, cells.mrr_at_start AS nrr__d 
FROM cells ORDER BY "date"
