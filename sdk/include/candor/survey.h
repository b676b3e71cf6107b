/* Questions that a product asks its users, as its contract declares them: whether one is to be
 * asked now is decided here, of what this machine remembers, and nobody is told. The product shows
 * the question as it likes, and records the answer as the event that the contract asks by.
 *
 *   const candor_survey survey = candor_find_survey(telemetry, "export");
 *   ...
 *   if (candor_should_ask(telemetry, &survey, "3.1")) show(survey.question, survey.scale);
 *   ... (or, of generated code, acme_should_ask_export_rated(&acme, "3.1"))
 *   acme_record_export_rated(&acme, (struct acme_export_rated){.rating = candor_whole(stars)}); */
#ifndef CANDOR_SURVEY_H
#define CANDOR_SURVEY_H

#include <candor/candor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct candor_survey {
  uint32_t declaration; /* 0: none is declared */
  uint32_t scale;       /* the best answer; the worst is 1 */
  const char *question; /* never NULL; lives as long as the process */
} candor_survey;

/* By the activity that it is about. */
CANDOR_API candor_survey candor_find_survey(const candor_telemetry *telemetry,
                                            const char *activity);

/* To be called each time that the activity was done, where the question could be shown: whether it
 * is to be asked now. Once this said 1, the question counts as asked: about an activity and a
 * version of the product at most once, of all questions of the product one in 24 hours, and never
 * while telemetry is off or the answer may not be recorded, in continuous integration, for a
 * version of more than 64 bytes, or where it could not be remembered. Reads and writes a small
 * file, and waits for nobody. */
CANDOR_API int candor_should_ask(candor_telemetry *telemetry, const candor_survey *survey,
                                 const char *product_version);

#ifdef __cplusplus
}
#endif

#endif
