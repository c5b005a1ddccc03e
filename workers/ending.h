/* ending.h: whether we were told to end. */
#ifndef WORKERS_ENDING_H
#define WORKERS_ENDING_H

#include <stdbool.h>

/* From here on SIGTERM and SIGINT end nothing by themselves, so that no job is cut short. */
void ending_open(void);

/* Waits so long, or until we are told. Once true, always true. */
bool ending_is_told(unsigned seconds);

/* A descriptor that can be read from when we are told: for whoever waits for something else too. */
int ending_descriptor(void);

#endif
