/* The same in C: cc smallest.c $(pkg-config --cflags --libs candor) */
#include <candor/candor.h>

int main(int argc, char **argv) {
  const candor_options options = {sizeof options, "acme", NULL};
  candor_telemetry *telemetry = candor_start(&options);
  candor_add(telemetry, candor_find_counter(telemetry, "usage.starts"), 1);
  uint32_t command = candor_find_event(telemetry, "command");
  const candor_value values[] = {candor_text(candor_find_field(telemetry, command, "name"),
                                             argc > 1 ? argv[1] : "none")};
  candor_run run;
  candor_begin(telemetry, command, values, 1, &run);
  /* … what the program is for … */
  candor_end(&run, CANDOR_COMPLETED);
  return 0;
}
