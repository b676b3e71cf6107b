// expect: too few arguments
#include "acme.h"

void wrong(const struct acme *all);
void wrong(const struct acme *all) {
  acme_begin_command(all, (struct acme_command){.name = candor_clear("install")});
}
