"""The one error that a user is meant to read."""


class InputError(ValueError):
    """Something the user can put right: bad data, bad configuration, missing hardware.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    where : object, optional
        The file, key or frame it was found in.
    todo : str, optional
        What to do about it.
    """

    def __init__(self, what: str, *, where: object = None, todo: str | None = None) -> None:
        self.what, self.where, self.todo = what, where, todo
        parts = [what, f"  where: {where}" if where else "", f"  to do: {todo}" if todo else ""]
        super().__init__("\n".join(part for part in parts if part))
