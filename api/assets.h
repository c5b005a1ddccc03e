/* assets.h: files that the build puts into the binary. */
#ifndef API_ASSETS_H
#define API_ASSETS_H

/* The bytes from NAME up to NAME_end. */
extern const char asset_openapi[], asset_openapi_end[];
extern const char asset_openapi30[], asset_openapi30_end[];
extern const char asset_docs[], asset_docs_end[];
extern const char asset_capability[], asset_capability_end[];

#endif
