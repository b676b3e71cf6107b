// expect: incompatible type
#include "acme.h"

void wrong(const struct acme *all);
void wrong(const struct acme *all) {
  acme_record_project_exported(all, (struct acme_command){.name = candor_clear("install")});
}
