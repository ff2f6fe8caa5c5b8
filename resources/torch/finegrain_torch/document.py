"""Architecture documents of earlier versions, brought to the newest."""


def upgrade(architecture: dict) -> dict:
    """Version 2 of a document. Version 1 had `rotaryBase` for `position`, and no `sharing`."""
    if architecture["version"] == 2:
        return architecture
    if architecture["version"] != 1:
        raise ValueError(f"Architecture version {architecture['version']}: these modules read versions 1 and 2.")
    blocks = []
    for block in architecture["blocks"]:
        attention = {**block["attention"]}
        attention["position"] = {"kind": "rope", "base": attention.pop("rotaryBase")}
        blocks.append({**block, "attention": attention})
    return {**architecture, "version": 2, "blocks": blocks, "sharing": {"kind": "none"}}
