WITH ad_sum AS 
(SELECT coalesce(fact_ad_geo.country, '(not set)') AS country, CAST(sum(fact_ad_geo.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE fact_ad_geo.cost IS NULL AND fact_ad_geo.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM fact_ad_geo 
WHERE fact_ad_geo.date >= CAST($start AS DATE) AND fact_ad_geo.date <= CAST($end AS DATE) GROUP BY coalesce(fact_ad_geo.country, '(not set)')), 
buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
cells AS 
(SELECT ad_sum.country AS country, ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM ad_sum JOIN buckets ON true)
 SELECT cells.country, cells.ad_cost AS spend, cells.ad_cost AS spend__n, cells.ad_cost__gap 
FROM cells ORDER BY lower("country"), "country"
