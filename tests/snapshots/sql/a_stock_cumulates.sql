WITH buckets AS 
(SELECT days.day AS date, greatest(days.day, CAST($start AS DATE)) AS starts, least(CAST((days.day + INTERVAL 1 month) - INTERVAL 1 day AS DATE), CAST($end AS DATE)) AS ends 
FROM (SELECT CAST(unnest(generate_series(CAST(date_trunc('month', CAST($start AS DATE)) AS DATE), CAST($end AS DATE), INTERVAL 1 month)) AS DATE) AS day) AS days), 
movements AS 
(SELECT fact_mrr_movement.source_id AS source_id, fact_mrr_movement.account_id AS account_id, fact_mrr_movement.date AS date, fact_mrr_movement.customer_id AS customer_id, fact_mrr_movement.kind AS kind, fact_mrr_movement.plan AS plan, fact_mrr_movement.country AS country, fact_mrr_movement.region AS region, fact_mrr_movement.traffic_key AS traffic_key, fact_mrr_movement.campaign_key AS campaign_key, fact_mrr_movement.currency AS currency, fact_mrr_movement.amount_micros AS amount_micros, fact_mrr_movement.amount AS amount, fact_mrr_movement.customers AS customers, fact_mrr_movement.load_id AS load_id, -fact_mrr_movement.customers AS customers_lost 
FROM fact_mrr_movement), 
movement_stock AS 
(SELECT buckets.date AS date, moved.plan AS plan, CAST(sum(moved.mrr) AS DOUBLE PRECISION) AS mrr, CAST(sum(moved.mrr__gap) AS INTEGER) AS mrr__gap 
FROM buckets JOIN (SELECT greatest(CAST(date_trunc('month', movements.date) AS DATE), CAST(date_trunc('month', CAST($start AS DATE)) AS DATE)) AS date, coalesce(movements.plan, '(not set)') AS plan, CAST(sum(movements.amount) AS DOUBLE PRECISION) / 1000000.0 AS mrr, count(*) FILTER (WHERE movements.amount IS NULL AND movements.amount_micros IS NOT NULL) AS mrr__gap 
FROM movements 
WHERE movements.date <= CAST($end AS DATE) GROUP BY greatest(CAST(date_trunc('month', movements.date) AS DATE), CAST(date_trunc('month', CAST($start AS DATE)) AS DATE)), coalesce(movements.plan, '(not set)')) AS moved ON moved.date <= buckets.date GROUP BY buckets.date, moved.plan), 
cells AS 
(SELECT movement_stock.date AS date, movement_stock.plan AS plan, movement_stock.mrr AS mrr, movement_stock.mrr__gap AS mrr__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM movement_stock JOIN buckets ON movement_stock.date = buckets.date)
 SELECT cells.date, cells.plan, cells.mrr AS mrr, cells.mrr AS mrr__n, cells.mrr__gap 
FROM cells ORDER BY "date", lower("plan"), "plan"
