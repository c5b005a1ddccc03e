/* assets.S: files that the build puts into the binary; ASSETS is the folder where it made them. */
	.section .rodata

	.macro asset name, file
	.globl asset_\name, asset_\name\()_end
asset_\name:
	.incbin "\file"
asset_\name\()_end:
	.byte 0
	.endm

	asset openapi, "openapi.json"
	asset openapi30, "openapi-3.0.json"
	asset docs, "docs.html"
	asset capability, "capability.json"

	.section .note.GNU-stack, "", %progbits
