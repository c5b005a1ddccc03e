/* clients.h: who may use the API by key. */
#ifndef ADMIN_CLIENTS_H
#define ADMIN_CLIENTS_H

#include "admin/command.h"

command client_add;
command client_rotate;
command client_revoke;
command client_limit;
command client_list;

#endif
