// expect: acme_record_project_deleted
#include "acme.h"

void wrong(const struct acme *all);
void wrong(const struct acme *all) {
  acme_record_project_deleted(all);
}
