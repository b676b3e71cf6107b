/* What `candor contract generate --lang c` makes of acme.toml, at work in a program of C. Says what
 * each call returned. */
#include <stdio.h>

#include "acme.h"

int main(int argc, char **argv) {
  const struct acme all = acme_start(NULL);
  candor_file_digest file;
  printf("digest %d\n", candor_digest_file(all.telemetry, argc > 1 ? argv[1] : "", &file));
  acme_add_usage_exports(&all, 3);
  acme_observe_timings_sync(&all, 0.5);
  printf("exported %d\n",
         acme_record_project_exported(
             &all, (struct acme_project_exported){.format = acme_project_exported_format_7z,
                                                  .rows = candor_whole(7),
                                                  .share = candor_real(0.5),
                                                  .again = candor_yes_if(0),
                                                  .properties_template = candor_clear("starter"),
                                                  .project = candor_hashed_file(&file),
                                                  .arguments = candor_hashed("canary-2"),
                                                  .made = candor_at(1795219199)}));
  printf("empty %d\n", acme_record_project_exported(&all, (struct acme_project_exported){0}));
  printf("started %d\n", acme_record_started(&all));
  const int first = acme_should_ask_export_rated(&all, "1");
  printf("asks %d, then %d, of %u\n", first, acme_should_ask_export_rated(&all, "1"),
         (unsigned)all.export_rated_survey.scale);
  printf("rated %d\n",
         acme_record_export_rated(&all, (struct acme_export_rated){.rating = candor_whole(4)}));
  candor_run run;
  printf("begun %d\n",
         acme_begin_command(
             &all, (struct acme_command){.name = candor_clear("install"),
                                         .class_ = acme_command_class_default},
             &run));
  printf("ended %d\n", candor_end(&run, CANDOR_COMPLETED));
  acme_stop(&all);
  printf("stopped %d\n", acme_record_started(&all));
  return 0;
}
