WITH ad_sum AS 
(SELECT coalesce(fact_ad.device, '(not set)') AS device, CAST(sum(fact_ad.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE fact_ad.cost IS NULL AND fact_ad.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM fact_ad 
WHERE fact_ad.date >= CAST($start AS DATE) AND fact_ad.date <= CAST($end AS DATE) GROUP BY coalesce(fact_ad.device, '(not set)')), 
buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
cells AS 
(SELECT ad_sum.device AS device, ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM ad_sum JOIN buckets ON true)
 SELECT cells.device, cells.ad_cost AS spend, cells.ad_cost AS spend__n, cells.ad_cost__gap 
FROM cells ORDER BY lower("device"), "device"
