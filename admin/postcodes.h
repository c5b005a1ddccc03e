/* postcodes.h: postcodes and where they are. */
#ifndef ADMIN_POSTCODES_H
#define ADMIN_POSTCODES_H

#include "admin/command.h"

/*
 * Reads a file in the GeoNames postal-code format: all of it or nothing, naming the lines it cannot
 * read.
 */
command postcodes_import;

#endif
