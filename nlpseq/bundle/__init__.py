"""Model folders: the only code that opens or writes one."""
