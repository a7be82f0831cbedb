"""The ways between the staff's pages: by keyboard at a desk, by a thumb on a phone."""

from playwright.sync_api import expect

from tests.pages.browser import Phone

THUMB_REACHES = 844 / 2


def test_the_groups_are_walked_by_keyboard_and_the_current_page_is_marked(desk: Phone) -> None:
    desk.log_in_staff("clerk")
    ways = desk.page.get_by_role("navigation").locator("visible=true")
    expect(ways.get_by_role("button", expanded=True)).to_have_text("大厅")
    ways.get_by_role("button", name="大厅", exact=True).focus()
    # To the second group, and behind the groups to the first of its pages.
    for key in ("Tab", "Enter", "Tab", "Tab", "Tab"):
        desk.page.keyboard.press(key)
    expect(ways.get_by_role("button", name="办件")).to_be_focused()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/staff/cases**")
    desk.settle()
    expect(ways.locator("[aria-current=page]")).to_have_text("办件")
    ways.get_by_role("button", name="群众").click()
    desk.page.keyboard.press("Escape")
    expect(ways.get_by_role("button", name="群众")).to_be_focused()
    expect(ways.get_by_role("button", expanded=True)).to_have_text("业务")


def test_on_a_phone_every_way_is_within_reach_of_a_thumb(phone: Phone) -> None:
    phone.log_in_staff("supervisor")
    ways = phone.page.get_by_role("navigation").locator("visible=true")
    for group in ("大厅", "业务", "群众", "钱款", "管理"):
        ways.get_by_role("button", name=group, exact=True).click()
        tops = ways.evaluate(
            "one => [...one.querySelectorAll('uni-button')].map((b) => b.getBoundingClientRect().y)"
        )
        assert min(tops) > THUMB_REACHES
        assert phone.cut_off() == []
    ways.get_by_role("button", name="统计").click()
    phone.page.wait_for_url("**/staff/reports**")
    phone.settle()
    expect(ways.locator(".chip")).to_have_count(0)
