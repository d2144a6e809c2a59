WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
awareness_answers AS 
(SELECT fact_survey.source_id AS source_id, fact_survey.account_id AS account_id, fact_survey.response_id AS response_id, fact_survey.date AS date, fact_survey.survey AS survey, fact_survey.wave AS wave, fact_survey.score AS score, fact_survey.promoter AS promoter, fact_survey.passive AS passive, fact_survey.detractor AS detractor, fact_survey.aided AS aided, fact_survey.unaided AS unaided, fact_survey.country AS country, fact_survey.region AS region, fact_survey.load_id AS load_id, CASE WHEN (fact_survey.score IS NOT NULL) THEN 1 ELSE 0 END AS scored, CASE WHEN (fact_survey.aided IS NOT NULL) THEN 1 ELSE 0 END AS asked_aided, CASE WHEN (fact_survey.unaided IS NOT NULL) THEN 1 ELSE 0 END AS asked_unaided, fact_survey.wave AS period_key, max(fact_survey.date) OVER (PARTITION BY fact_survey.wave) AS period_end 
FROM fact_survey 
WHERE fact_survey.survey = 'awareness'), 
awareness_latest AS 
(SELECT CAST(sum(awareness_answers.aided) AS BIGINT) AS aided, CAST(sum(awareness_answers.asked_aided) AS BIGINT) AS asked_aided, max(awareness_answers.period_end) AS aided__of, max(awareness_answers.period_end) AS asked_aided__of 
FROM awareness_answers JOIN (SELECT buckets.date AS date, arg_max(periods.period_key, periods.period_end) AS period_key 
FROM buckets JOIN (SELECT DISTINCT awareness_answers.period_key AS period_key, awareness_answers.period_end AS period_end 
FROM awareness_answers) AS periods ON periods.period_end <= buckets.ends GROUP BY buckets.date) AS picked ON awareness_answers.period_key = picked.period_key), 
cells AS 
(SELECT awareness_latest.aided AS aided, awareness_latest.asked_aided AS asked_aided, awareness_latest.aided__of AS aided__of, awareness_latest.asked_aided__of AS asked_aided__of, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN awareness_latest ON true)
 SELECT CAST(cells.aided AS DOUBLE PRECISION) / nullif(CAST(cells.asked_aided AS DOUBLE PRECISION), 0) AS aided_awareness, cells.aided AS aided_awareness__n, cells.asked_aided AS aided_awareness__d, cells.aided__of AS aided_awareness__of 
FROM cells
