WITH ad_sum AS 
(SELECT fact_ad_hour.hour AS hour, CAST(sum(fact_ad_hour.clicks) AS BIGINT) AS ad_clicks 
FROM fact_ad_hour 
WHERE fact_ad_hour.date >= CAST($start AS DATE) AND fact_ad_hour.date <= CAST($end AS DATE) GROUP BY fact_ad_hour.hour), 
buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
cells AS 
(SELECT ad_sum.hour AS hour, ad_sum.ad_clicks AS ad_clicks, buckets.starts AS starts, buckets.ends AS ends 
FROM ad_sum JOIN buckets ON true)
 SELECT cells.hour, cells.ad_clicks AS clicks, cells.ad_clicks AS clicks__n 
FROM cells ORDER BY "hour"
