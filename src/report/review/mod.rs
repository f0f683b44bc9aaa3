use crate::review::Review;
pub fn html(review: &Review) -> String {
    format!("{review:#?}")
}
pub fn markdown(review: &Review) -> String {
    format!("{review:#?}")
}
pub fn json(review: &Review) -> String {
    format!("{review:#?}")
}
