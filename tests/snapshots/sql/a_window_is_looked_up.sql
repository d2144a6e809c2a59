WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
visitor_window AS 
(SELECT CASE WHEN (count(DISTINCT concat_ws('/', fact_visitor_window.source_id, fact_visitor_window.account_id)) = 1) THEN CAST(sum(fact_visitor_window.visitors) AS BIGINT) END AS visitors 
FROM fact_visitor_window JOIN buckets ON fact_visitor_window.window_start = buckets.starts AND fact_visitor_window.window_end = buckets.ends 
WHERE coalesce(fact_visitor_window.device, '(not set)') IN ($value_0) AND fact_visitor_window.visitor_type = '*' AND fact_visitor_window.country = '*' AND fact_visitor_window.region = '*' AND fact_visitor_window.device != '*'), 
cells AS 
(SELECT visitor_window.visitors AS visitors, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN visitor_window ON true)
 SELECT cells.visitors AS visitors, cells.visitors AS visitors__n 
FROM cells
