// expect: incompatible types
#include "acme.h"

void wrong(const struct acme *all);
void wrong(const struct acme *all) {
  acme_record_project_exported(all, (struct acme_project_exported){.format = acme_command_class_new});
}
